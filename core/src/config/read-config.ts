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

/** What the configuration is called, in the working directory and in the user's folder. */
export const CONFIG_FILE = 'roomkey.config.json';

/** A configuration that was read and checked, and what belongs to it. */
export interface LoadedConfig {
  /** The file it was read from; absent: the built-in defaults. */
  readonly file?: string;
  readonly services: Readonly<Record<ServiceKind, NormalizedChoice>>;
  /** The process's variables, and below them those of the `.env` beside the file. */
  readonly environment: Environment;
  /** `base` is the file's folder, or the working directory where there is no file. */
  readonly folders: RoomkeyFolders;
  /** Whose code may run. */
  readonly trust: FileTrust;
  /** What the person should know about where this comes from: whole sentences. */
  readonly notices: readonly string[];
}

/** What `readConfig` takes. */
export interface ReadConfigOptions {
  /** The file that the person named. */
  readonly path?: string;
  /** Default: the process's working directory. */
  readonly workingDirectory?: string;
  /** Default: the process's variables, out of which the secrets are taken. */
  readonly environment?: Environment;
}

/**
 * Reads the configuration: the file that was named, or `roomkey.config.json` in the working
 * directory, or in the user's configuration folder, or else the built-in defaults.
 *
 * @throws RoomkeyError `RK_CONFIG_NOT_FOUND` where the named file is not there, `RK_CONFIG_INVALID`
 * where it cannot be read or something in it is not allowed, `RK_FILE_UNTRUSTED` where somebody else
 * could have written it or the `.env` beside it.
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
  // Nobody has named these: whoever starts Roomkey in another's folder should know that they count.
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

/** The same configuration with another choice for one service, such as `--camera` makes it. */
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
    `There is no configuration file ${files.join()}. Check the path, or make one with: roomkey config init.`,
  );
}

/**
 * Parses and checks a configuration.
 *
 * @param file what messages call it
 * @throws RoomkeyError `RK_CONFIG_INVALID` that names file and place, and says what is allowed.
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
