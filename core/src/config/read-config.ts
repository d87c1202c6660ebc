import { dirname, join, resolve } from 'node:path';
import type { RoomkeyFolders } from '../plugin/define-plugin.js';
import { RoomkeyError } from '../errors/index.js';
import { defaultServices } from './defaults.js';
import { ownEnvironment, withoutEmpty, type Environment } from '../util/environment.js';
import { readEnvironmentFile } from './environment.js';
import { readIfPresent } from './read-if-present.js';
import { userFolders } from './folders.js';
import { flattenIssues, formatPath } from './issues.js';
import { findJsonError } from './json-position.js';
import {
  configSchema,
  normalizeChoice,
  serviceKinds,
  type NormalizedChoice,
  type RoomkeyConfig,
  type ServiceChoice,
  type ServiceKind,
} from './schema.js';
import { FileTrust } from './file-trust.js';

/** File name of the configuration, in the working directory and in the user's folder. */
export const CONFIG_FILE = 'roomkey.config.json';

/** A validated configuration and its context. */
export interface LoadedConfig {
  /** Its file; absent if the built-in defaults are used. */
  readonly file?: string;
  readonly services: Readonly<Record<ServiceKind, NormalizedChoice>>;
  /** The process's variables; those of the `.env` beside the file apply where these are unset. */
  readonly environment: Environment;
  /** `base` is the file's folder, or the working directory without a file. */
  readonly folders: RoomkeyFolders;
  /** Decides whose code may run. */
  readonly trust: FileTrust;
  /** Notices for the user about where the configuration comes from: whole sentences. */
  readonly notices: readonly string[];
}

/** Options of `readConfig`. */
export interface ReadConfigOptions {
  /** A file named by the user. */
  readonly path?: string;
  /** Default: the process's working directory. */
  readonly workingDirectory?: string;
  /** Default: the process's variables; the secrets are removed from them. */
  readonly environment?: Environment;
}

/**
 * Reads the configuration: the named file, else `roomkey.config.json` in the working directory,
 * else in the user's configuration folder, else the built-in defaults.
 *
 * @throws RoomkeyError `RK_CONFIG_NOT_FOUND` if the named file does not exist, `RK_CONFIG_INVALID`
 * if it cannot be read or has an invalid value, `RK_FILE_UNTRUSTED` if another user could have
 * written it or the `.env` beside it
 */
export async function readConfig(options: ReadConfigOptions = {}): Promise<LoadedConfig> {
  const outer =
    options.environment === undefined ? ownEnvironment() : withoutEmpty(options.environment);
  const here = options.workingDirectory ?? process.cwd();
  const user = userFolders(outer);
  const notices: string[] = [];
  let trust = await FileTrust.own();
  if (options.path !== undefined) {
    const accepted = await trust.acceptOwnerOf(resolve(here, options.path));
    if (accepted !== undefined) {
      ({ trust } = accepted);
      notices.push(accepted.sentence);
    }
  }
  const found = await findConfig(options.path, here, user.config, trust);
  const base = found === undefined ? here : dirname(found.file);
  const config = found === undefined ? undefined : parseConfig(found.text, found.file);
  const dotEnv = join(base, '.env');
  const variables = await readEnvironmentFile(dotEnv, trust);
  // The user did not name these files: tell anyone who starts Roomkey in someone else's folder that
  // they apply.
  if (options.path === undefined && base === here) {
    if (found !== undefined)
      notices.push(`The configuration of this folder is used: ${found.file}`);
    if (variables !== undefined) notices.push(`The variables of this folder are used: ${dotEnv}`);
  }
  return {
    ...(found === undefined ? {} : { file: found.file }),
    services: chooseServices(config?.services ?? {}),
    environment: { ...variables, ...outer },
    folders: { ...user, base },
    trust,
    notices,
  };
}

/** Replaces the choice for one service, as `--camera` does. */
export function withService(
  config: LoadedConfig,
  kind: ServiceKind,
  choice: ServiceChoice,
): LoadedConfig {
  return { ...config, services: { ...config.services, [kind]: normalizeChoice(choice) } };
}

async function findConfig(
  named: string | undefined,
  here: string,
  userFolder: string,
  trust: FileTrust,
): Promise<{ file: string; text: string } | undefined> {
  const files =
    named === undefined
      ? [join(here, CONFIG_FILE), join(userFolder, CONFIG_FILE)]
      : [resolve(here, named)];
  for (const file of files) {
    const text = await readIfPresent(file, trust);
    if (text !== undefined) return { file, text };
  }
  if (named === undefined) return undefined;
  throw new RoomkeyError(
    'RK_CONFIG_NOT_FOUND',
    `There is no configuration file ${files.join()}. Check the path, or create one with: roomkey config init.`,
  );
}

/**
 * Parses and validates a configuration.
 *
 * @param file its name in messages
 * @throws RoomkeyError `RK_CONFIG_INVALID` with file, position and what is allowed
 */
export function parseConfig(text: string, file: string): RoomkeyConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { line, column } = findJsonError(text) ?? { line: 1, column: 1 };
    throw new RoomkeyError(
      'RK_CONFIG_INVALID',
      `${file}:${line}:${column} is not valid JSON: look there for a missing or extra comma, quote or bracket.`,
      { cause },
    );
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issues = flattenIssues(result.error.issues).map(
    ({ path, message }) => `${path.length === 0 ? '' : `${formatPath(path)}: `}${message}`,
  );
  throw new RoomkeyError('RK_CONFIG_INVALID', `${file}: ${issues.join('\n  ')}`, {
    cause: result.error,
  });
}

function chooseServices(
  written: NonNullable<RoomkeyConfig['services']>,
): Record<ServiceKind, NormalizedChoice> {
  const entries = serviceKinds.map((kind) => [
    kind,
    normalizeChoice(written[kind] ?? defaultServices[kind]),
  ]);
  return Object.fromEntries(entries) as Record<ServiceKind, NormalizedChoice>;
}
