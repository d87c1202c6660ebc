import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Logger } from '../contracts/logger.js';
import type { ServiceOf, ServiceToken } from '../contracts/token.js';

/**
 * Version of the plugin API. A plugin's major version must be equal, its minor version no higher.
 */
export const PLUGIN_API_VERSION = '1.0';

/** `Symbol.for`, so that plugins with a second copy of core are recognized. */
export const pluginBrand = Symbol.for('roomkey.plugin');

/** The user's folders, created on first use with mode 0700. */
export interface RoomkeyFolders {
  /** This user's secrets and settings on this machine. */
  readonly config: string;
  /** Data, such as the files of a storage plugin. */
  readonly data: string;
  /** The configuration file's folder, to which its relative paths refer. */
  readonly base: string;
}

/** Passed to a plugin's `probe` and `create`. */
export interface PluginContext<R extends readonly ServiceToken<unknown>[] = readonly []> {
  /** Adds the plugin's name to every line. */
  readonly logger: Logger;
  /** Aborted when the step times out or the app stops. */
  readonly signal: AbortSignal;
  readonly folders: RoomkeyFolders;
  /**
   * Returns a service listed in `requires`.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNDECLARED` for any other
   */
  use<K extends R[number]>(token: K): ServiceOf<K>;
  /**
   * Registers a clean-up for when the app stops. Clean-ups run in reverse order; a failure does not
   * stop the others.
   */
  defer(cleanUp: () => void | Promise<void>): void;
}

/**
 * Definition of a plugin. Plugins are factories: their authors need no container and no decorators.
 */
export interface PluginDefinition<
  T,
  S extends StandardSchemaV1,
  R extends readonly ServiceToken<unknown>[],
> {
  /** Package name, as in the configuration's `use`. */
  readonly name: string;
  /** The plugin API version it was written for: `major.minor`. */
  readonly apiVersion: string;
  /** The contract it implements. */
  readonly provides: ServiceToken<T>;
  /** Services it needs; they are created first. */
  readonly requires?: R;
  /** Any Standard Schema; zod 4 also gives editors a JSON Schema. */
  readonly configSchema: S;
  /**
   * Checks whether the plugin can work here, quickly and without side effects.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` if it cannot; `firstOf` then tries the next plugin
   */
  readonly probe?: (
    context: PluginContext<R>,
    config: StandardSchemaV1.InferOutput<S>,
  ) => void | Promise<void>;
  /** Creates the service, ready for use. */
  readonly create: (
    context: PluginContext<R>,
    config: StandardSchemaV1.InferOutput<S>,
  ) => NoInfer<T> | Promise<NoInfer<T>>;
}

/** A plugin: the default export of its package. */
export interface Plugin<
  T = unknown,
  S extends StandardSchemaV1 = StandardSchemaV1,
  R extends readonly ServiceToken<unknown>[] = readonly ServiceToken<unknown>[],
> extends PluginDefinition<T, S, R> {
  readonly [pluginBrand]: true;
}

/** Creates a plugin from its definition; export the result as default. */
export function definePlugin<
  T,
  S extends StandardSchemaV1,
  const R extends readonly ServiceToken<unknown>[] = readonly [],
>(definition: PluginDefinition<T, S, R>): Plugin<T, S, R> {
  return Object.freeze({ ...definition, [pluginBrand]: true as const });
}
