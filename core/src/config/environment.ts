import { parseEnv } from 'node:util';
import type { Environment } from '../util/environment.js';
import { readIfPresent } from './read-if-present.js';
import type { FileTrust } from './file-trust.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads a `.env` file; `undefined` if it does not exist.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID`, `RK_FILE_UNTRUSTED`
 */
export async function readEnvironmentFile(
  file: string,
  trust: FileTrust,
): Promise<Environment | undefined> {
  const text = await readIfPresent(file, trust);
  return text === undefined ? undefined : parseEnv(text);
}

/** The name in an `{ "env": "NAME" }` reference; `undefined` for any other value. */
export function environmentReference(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  const [key, name] = entries[0] ?? [];
  return entries.length === 1 && key === 'env' && typeof name === 'string' && NAME.test(name)
    ? name
    : undefined;
}

/** Copies a configuration, replacing every environment reference. */
export function mapReferences(value: unknown, replace: (name: string) => unknown): unknown {
  const name = environmentReference(value);
  if (name !== undefined) return replace(name);
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapReferences(item, replace)]),
  );
}

/**
 * Replaces environment references by their values, which are strings. An empty variable counts as
 * unset, as `MONGO_URI=` in a `.env` means.
 */
export function resolveReferences(
  config: Readonly<Record<string, unknown>>,
  environment: Environment,
): { readonly config: unknown; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const resolved = mapReferences(config, (name) => {
    const value = environment[name];
    if (value === undefined || value === '') missing.push(name);
    return value;
  });
  return { config: resolved, missing };
}
