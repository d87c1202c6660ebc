import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Logger } from '../contracts/logger.js';
import type { ServiceOf, ServiceToken } from '../contracts/token.js';

/** The version of the plugin API that this core offers: a plugin's major must be equal, its minor no higher. */
export const PLUGIN_API_VERSION = '1.0';

/** `Symbol.for`, so that two copies of core in one tree still understand each other. */
export const pluginBrand = Symbol.for('roomkey.plugin');

/** Folders of the person's own, made on first use, mode 0700. */
export interface RoomkeyFolders {
  /** Secrets and settings of this user on this machine. */
  readonly config: string;
  /** Data: what a storage plugin keeps in files. */
  readonly data: string;
  /** Where the configuration file lies: what its relative paths start from. */
  readonly base: string;
}

/** What a plugin gets to work with. */
export interface PluginContext<R extends readonly ServiceToken<unknown>[] = readonly []> {
  /** Writes lines that bear the plugin's name. */
  readonly logger: Logger;
  /** Aborted when the step runs out of time or the app stops. */
  readonly signal: AbortSignal;
  readonly folders: RoomkeyFolders;
  /**
   * A service that `requires` names.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNDECLARED` for any other.
   */
  use<K extends R[number]>(token: K): ServiceOf<K>;
  /** Has something done when the app stops: last deferred, first done; a failure stops no other. */
  defer(cleanUp: () => void | Promise<void>): void;
}

/** What a plugin is. Plugins are factories, so third parties meet no container and no decorators. */
export interface PluginDefinition<
  T,
  S extends StandardSchemaV1,
  R extends readonly ServiceToken<unknown>[],
> {
  /** The package's name, as the configuration's `use` gives it. */
  readonly name: string;
  /** The plugin API it was written for: `major.minor`. */
  readonly apiVersion: string;
  /** The contract that it implements. */
  readonly provides: ServiceToken<T>;
  /** The services that it needs; they are made first. */
  readonly requires?: R;
  /** Any Standard Schema; with zod 4 editors get a JSON Schema as well. */
  readonly configSchema: S;
  /**
   * Looks whether the plugin can work here, quickly and without a trace.
   *
   * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` where it cannot; `firstOf` then tries the next.
   */
  readonly probe?: (
    context: PluginContext<R>,
    config: StandardSchemaV1.InferOutput<S>,
  ) => void | Promise<void>;
  /** Makes the service, ready for use. */
  readonly create: (
    context: PluginContext<R>,
    config: StandardSchemaV1.InferOutput<S>,
  ) => NoInfer<T> | Promise<NoInfer<T>>;
}

/** A plugin as its package's default export. */
export interface Plugin<
  T = unknown,
  S extends StandardSchemaV1 = StandardSchemaV1,
  R extends readonly ServiceToken<unknown>[] = readonly ServiceToken<unknown>[],
> extends PluginDefinition<T, S, R> {
  readonly [pluginBrand]: true;
}

/** Makes a plugin of its definition; the result is the package's default export. */
export function definePlugin<
  T,
  S extends StandardSchemaV1,
  const R extends readonly ServiceToken<unknown>[] = readonly [],
>(definition: PluginDefinition<T, S, R>): Plugin<T, S, R> {
  return Object.freeze({ ...definition, [pluginBrand]: true as const });
}
