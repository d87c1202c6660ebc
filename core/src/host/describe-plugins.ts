import {
  resolveReferences,
  serviceKinds,
  type DescribedPlugin,
  type LoadedConfig,
  type ServiceKind,
} from '../config/index.js';
import type { RoomkeyError } from '../errors/index.js';
import { loadPlugin, validateConfig } from '../plugin/load-plugin.js';

/** A plugin listed in the configuration. */
export type ListedPlugin = {
  readonly service: ServiceKind;
  /** Its name in the configuration. */
  readonly use: string;
} & (
  | ({
      readonly name: string;
      readonly version?: string;
      readonly apiVersion: string;
      readonly file: string;
      /** Whether it belongs to the host's installation. */
      readonly isOwn: boolean;
      /** Unset variables that its configuration refers to. */
      readonly missing: readonly string[];
    } & Pick<DescribedPlugin, 'configSchema'>)
  | { readonly error: RoomkeyError }
);

/**
 * Loads and describes every plugin in the configuration, and validates its settings if their
 * variables are set. Probes and creates none.
 *
 * @param hostFolder as in `createRoomkey`
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
