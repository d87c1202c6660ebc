import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { configRegistry, configSchema } from './schema.js';

/** A plugin whose configuration goes into the JSON Schema. */
export interface DescribedPlugin {
  /** Its name in the configuration's `use`. */
  readonly use: string;
  readonly configSchema: StandardSchemaV1;
}

type JsonSchema = Record<string, unknown>;

const TARGET = 'draft-07';
/** Keywords that contain subschemas, besides `properties`. */
const SUBSCHEMAS = new Set(['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf']);
const ENVIRONMENT = {
  type: 'object',
  properties: { env: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } },
  required: ['env'],
  additionalProperties: false,
  description: 'The value of an environment variable, or of one in the .env beside this file.',
};

/**
 * The JSON Schema (draft 07, best supported by editors) of `roomkey.config.json`, including the
 * configuration of each plugin whose schema can be expressed in it.
 */
export function configJsonSchema(plugins: readonly DescribedPlugin[]): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    metadata: configRegistry,
  });
  const rules = plugins.flatMap(({ use, configSchema: own }) => {
    const config = pluginJsonSchema(own);
    if (config === undefined) return [];
    return [{ if: { properties: { use: { const: use } } }, then: { properties: { config } } }];
  });
  const definitions = schema['definitions'] as Record<string, JsonSchema>;
  return {
    ...schema,
    title: 'roomkey.config.json',
    definitions: {
      ...definitions,
      configuredPlugin: {
        ...definitions['configuredPlugin'],
        ...(rules.length === 0 ? {} : { allOf: rules }),
      },
      environment: ENVIRONMENT,
    },
  };
}

function pluginJsonSchema(schema: StandardSchemaV1): JsonSchema | undefined {
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  if (standard.jsonSchema === undefined) return undefined;
  try {
    const own = allowEnvironment(standard.jsonSchema.input({ target: TARGET })) as JsonSchema;
    delete own['$schema'];
    return own;
  } catch {
    // Schemas with transforms or custom checks have no JSON Schema; the editor then accepts
    // anything.
    return undefined;
  }
}

/** Allows an environment reference in place of every string. */
function allowEnvironment(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item: unknown) => allowEnvironment(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]: [string, unknown]) => {
    if (key === 'properties') return [key, mapValues(value as JsonSchema, allowEnvironment)];
    return [key, SUBSCHEMAS.has(key) ? allowEnvironment(value) : value];
  });
  const own = Object.fromEntries(entries) as JsonSchema;
  return own['type'] === 'string' ? { anyOf: [own, { $ref: '#/definitions/environment' }] } : own;
}

function mapValues(object: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
