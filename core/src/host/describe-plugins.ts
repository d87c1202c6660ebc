import {
  resolveReferences,
  serviceKinds,
  type DescribedPlugin,
  type LoadedConfig,
  type ServiceKind,
} from '../config/index.js';
import type { RoomkeyError } from '../errors/index.js';
import { loadPlugin, validateConfig } from '../plugin/load-plugin.js';

/** A plugin that the configuration lists. */
export type ListedPlugin = {
  readonly service: ServiceKind;
  /** What the configuration calls it. */
  readonly use: string;
} & (
  | ({
      readonly name: string;
      readonly version?: string;
      readonly apiVersion: string;
      readonly file: string;
      /** Whether it is of the host's own installation. */
      readonly isOwn: boolean;
      /** The variables that its configuration refers to and that are not set. */
      readonly missing: readonly string[];
    } & Pick<DescribedPlugin, 'configSchema'>)
  | { readonly error: RoomkeyError }
);

/**
 * Loads every plugin that the configuration lists, says what it is and checks its configuration,
 * where the variables for that are set. None is probed or created.
 *
 * @param hostFolder as `createRoomkey` takes it
 */
export async function describePlugins(
  config: LoadedConfig,
  hostFolder: string,
): Promise<ListedPlugin[]> {
  const listed = serviceKinds.flatMap((service) =>
    config.services[service].plugins.map((reference) => ({ service, ...reference })),
  );
  return Promise.all(
    listed.map(async ({ service, use, config: written }): Promise<ListedPlugin> => {
      try {
        const controller = new AbortController();
        const { plugin, ...found } = await loadPlugin(use, service, {
          config,
          hostFolder,
          controller,
        });
        const { name, apiVersion, configSchema } = plugin;
        const { missing, config: own } = resolveReferences(written, config.environment);
        if (missing.length === 0) await validateConfig(plugin, own, controller);
        return { service, use, name, apiVersion, configSchema, missing, ...found };
      } catch (error) {
        return { service, use, error: error as RoomkeyError };
      }
    }),
  );
}
