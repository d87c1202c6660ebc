import { z } from 'zod';
import { closestName } from '../util/closest-name.js';

/** Services for which a configuration chooses plugins. */
export const serviceKinds = [
  'storage',
  'camera',
  'audio',
  'transport',
  'discovery',
  'cipher',
] as const;

/** One of the six services. */
export type ServiceKind = (typeof serviceKinds)[number];

/** Hover texts for people who edit the file, and names of shared definitions. */
export const configRegistry = z.registry<{ id?: string; description?: string }>();

/** An object whose unknown keys are errors that list the allowed ones. */
function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined,
  });
}

function unknownKeys(keys: readonly string[], allowed: readonly string[]): string {
  const complaints = keys.map((key) => {
    const meant = closestName(key, allowed);
    return `"${key}" is unknown here${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  });
  return `${complaints.join(', ')} (allowed: ${allowed.join(', ')})`;
}

const use = z.string().min(1).register(configRegistry, {
  id: 'use',
  description: 'A package name, or a path that starts with ./ or ../ (from this file’s folder).',
});

const configuredPlugin = section({
  use,
  config: z.record(z.string(), z.json()).optional().register(configRegistry, {
    description: 'The plugin’s settings; { "env": "NAME" } stands for a variable’s value.',
  }),
}).register(configRegistry, { id: 'configuredPlugin' });

const pluginReference = z
  .union([use, configuredPlugin], {
    error: 'must be a plugin’s name, or { "use": …, "config": … }',
  })
  .register(configRegistry, { id: 'plugin' });

const firstOf = section({ firstOf: z.array(pluginReference).min(1) }).register(configRegistry, {
  id: 'firstOf',
  description: 'The first of these plugins that can work here.',
});
const allOf = section({ allOf: z.array(pluginReference).min(1) }).register(configRegistry, {
  description: 'All of these plugins together.',
});

const choice = z.union([use, configuredPlugin, firstOf], {
  error: 'must be a plugin’s name, { "use": …, "config": … } or { "firstOf": […] }',
});
const discoveryChoice = z.union([use, configuredPlugin, firstOf, allOf], {
  error:
    'must be a plugin’s name, { "use": …, "config": … }, { "firstOf": […] } or { "allOf": […] }',
});

/** `roomkey.config.json` as written by people. An omitted service has its default. */
export const configSchema = section({
  $schema: z.string().optional(),
  version: z
    .literal(1)
    .register(configRegistry, { description: 'The version of this file’s format.' }),
  services: section({
    storage: choice.optional(),
    camera: choice.optional(),
    audio: choice.optional(),
    transport: choice.optional(),
    discovery: discoveryChoice.optional(),
    cipher: choice.optional(),
  }).optional(),
});

/** `roomkey.config.json`, as people write it. */
export type RoomkeyConfig = z.infer<typeof configSchema>;

/** The choice for a service, as written by people. */
export type ServiceChoice = z.infer<typeof discoveryChoice>;

/** A plugin and its configuration. */
export interface PluginReference {
  /** A package name or a relative path. */
  readonly use: string;
  /** Environment references are still unresolved. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The choice for a service in normalized form: a single plugin becomes a `firstOf` of one. */
export interface NormalizedChoice {
  readonly mode: 'firstOf' | 'allOf';
  readonly plugins: readonly PluginReference[];
}

/** Normalizes a choice. */
export function normalizeChoice(written: ServiceChoice): NormalizedChoice {
  const reference = (plugin: z.infer<typeof pluginReference>): PluginReference =>
    typeof plugin === 'string'
      ? { use: plugin, config: {} }
      : { use: plugin.use, config: plugin.config ?? {} };
  if (typeof written === 'string' || 'use' in written) {
    return { mode: 'firstOf', plugins: [reference(written)] };
  }
  return 'firstOf' in written
    ? { mode: 'firstOf', plugins: written.firstOf.map(reference) }
    : { mode: 'allOf', plugins: written.allOf.map(reference) };
}
