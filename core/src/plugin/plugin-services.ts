import type {
  LoadedConfig,
  NormalizedChoice,
  PluginReference,
  ServiceKind,
} from '../config/index.js';
import { resolveReferences } from '../config/environment.js';
import type { Discovery } from '../contracts/discovery.js';
import type { Logger } from '../contracts/logger.js';
import { PageModules } from '../contracts/page.js';
import type { ServiceToken } from '../contracts/token.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import { combineDiscoveries } from './combined-discovery.js';
import { PluginLife } from './plugin-life.js';
import { loadPlugin, validateConfig, type LoadedPlugin } from './load-plugin.js';
import { scopedLogger } from './scoped-logger.js';

/** The plugin chosen for a service, and those skipped before it. */
export interface PluginReport {
  readonly service: ServiceKind;
  /** The plugin's name. */
  readonly name: string;
  readonly version?: string;
  /** Its file; absent if it belongs to the host's installation. */
  readonly file?: string;
  /** Unavailable plugins, with a reason for people. */
  readonly skipped: readonly SkippedPlugin[];
}

/** An unavailable plugin. */
export interface SkippedPlugin {
  /** Its name in the configuration. */
  readonly name: string;
  /** Its file, if it was loaded and does not belong to the host's installation. */
  readonly file?: string;
  readonly reason: string;
  /**
   * False if its absence is normal: a variable in its configuration is not set, or this program
   * does not offer a service that it requires.
   */
  readonly isExpected: boolean;
}

/** Options of `PluginServices`. */
export interface PluginServicesOptions {
  readonly config: LoadedConfig;
  /** The host's folder; Roomkey's own plugins are among its dependencies. */
  readonly hostFolder: string;
  /** Offered to plugins by programs that show a page. */
  readonly page?: PageModules | undefined;
  readonly logger: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
}

/** A plugin requires a service that neither the configuration nor this program offers. */
class NotOfferedError extends RoomkeyError {}

interface Running {
  readonly life: PluginLife;
  readonly loaded: LoadedPlugin;
  readonly service: unknown;
}

/** The services of one app, started in dependency order and stopped in reverse. */
export class PluginServices {
  readonly #options: PluginServicesOptions;
  readonly #services = new Map<string, unknown>();
  readonly #lives: PluginLife[] = [];
  readonly #reports: PluginReport[] = [];
  /** Files of the loaded plugins outside the host's installation. */
  readonly #foreign = new Map<PluginReference, string>();

  constructor(options: PluginServicesOptions) {
    this.#options = options;
    if (options.page !== undefined) this.#services.set(PageModules.kind, options.page);
  }

  /** The chosen plugins, in start order. */
  get reports(): readonly PluginReport[] {
    return this.#reports;
  }

  /** Started services, by kind. */
  get services(): ReadonlyMap<string, unknown> {
    return this.#services;
  }

  /**
   * Starts a service, and before it those that its plugin requires.
   *
   * @throws RoomkeyError of the plugin; `RK_PLUGIN_UNAVAILABLE` if none of the listed plugins is
   * available; `RK_CONFIG_ENV_MISSING`
   */
  async start(kind: string): Promise<unknown> {
    return this.#start(kind, []);
  }

  /** Stops all services and returns the failures. Idempotent. */
  async stop(): Promise<Error[]> {
    const failures: Error[] = [];
    for (let life; (life = this.#lives.pop()) !== undefined;) failures.push(...(await life.stop()));
    this.#services.clear();
    return failures;
  }

  async #start(kind: string, neededBy: readonly string[]): Promise<unknown> {
    if (this.#services.has(kind)) return this.#services.get(kind);
    if (neededBy.includes(kind)) {
      const circle = [...neededBy.slice(neededBy.indexOf(kind)), kind].join(' → ');
      throw new RoomkeyError(
        'RK_PLUGIN_INVALID',
        `The plugins require each other in a circle: ${circle}. Choose another plugin for one of them.`,
      );
    }
    const { services } = this.#options.config;
    if (!isConfigured(kind, services)) {
      throw new NotOfferedError(
        'RK_PLUGIN_UNAVAILABLE',
        `The plugin requires the service "${kind}", which this program does not offer. Choose another plugin for it in the configuration${kind === PageModules.kind ? ', or use the desktop app' : ''}.`,
      );
    }
    const service = await this.#choose(kind, services[kind], [...neededBy, kind]);
    this.#services.set(kind, service);
    return service;
  }

  async #choose(
    service: ServiceKind,
    { mode, plugins }: NormalizedChoice,
    path: readonly string[],
  ): Promise<unknown> {
    const running: Running[] = [];
    const skipped: SkippedPlugin[] = [];
    for (const reference of plugins) {
      try {
        running.push(await this.#run(service, reference, plugins.length === 1, path));
      } catch (error) {
        if (plugins.length === 1 || !hasCode(error, 'RK_PLUGIN_UNAVAILABLE')) throw error;
        skipped.push({
          name: reference.use,
          ...this.#fileOf(reference),
          reason: error.message,
          isExpected:
            !(error instanceof NotOfferedError) && this.#missingVariables(reference).length === 0,
        });
        continue;
      }
      if (mode === 'firstOf') break;
    }
    running.forEach(({ loaded }, index) => {
      this.#report(service, loaded, index === 0 ? skipped : []);
    });
    const [first, ...others] = running;
    if (first === undefined) {
      const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join('\n  ');
      throw new RoomkeyError(
        'RK_PLUGIN_UNAVAILABLE',
        `None of the plugins for services.${service} can be used here:\n  ${reasons}`,
      );
    }
    if (others.length === 0) return first.service;
    // The schema allows `allOf` only for discovery.
    const members = running.map((one) => ({
      name: one.loaded.plugin.name,
      discovery: one.service as Discovery,
    }));
    return combineDiscoveries(members, this.#options.logger);
  }

  async #run(
    service: ServiceKind,
    reference: PluginReference,
    alone: boolean,
    path: readonly string[],
  ): Promise<Running> {
    const { config, hostFolder, logger, signal } = this.#options;
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(signal?.reason);
    };
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const loaded = await loadPlugin(reference.use, service, { config, hostFolder, controller });
      if (!loaded.isOwn) this.#foreign.set(reference, loaded.file);
      const { plugin } = loaded;
      const own = this.#resolveConfig(reference, alone);
      const valid = await validateConfig(plugin, own, controller);
      const life = new PluginLife(plugin, {
        logger: scopedLogger(logger, { plugin: plugin.name }),
        folders: config.folders,
        services: await this.#required(plugin.requires ?? [], path),
        controller,
      });
      const made = await life.start(valid);
      this.#lives.push(life);
      return { life, loaded, service: made };
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #missingVariables({ config }: PluginReference): readonly string[] {
    return resolveReferences(config, this.#options.config.environment).missing;
  }

  #resolveConfig({ use, config }: PluginReference, alone: boolean): unknown {
    const resolved = resolveReferences(config, this.#options.config.environment);
    if (resolved.missing.length === 0) return resolved.config;
    const names = resolved.missing.join(', ');
    throw alone
      ? new RoomkeyError(
          'RK_CONFIG_ENV_MISSING',
          `The configuration of ${use} needs ${names}, which is not set. Set it, or write it into the .env beside the configuration.`,
          { plugin: use },
        )
      : new RoomkeyError('RK_PLUGIN_UNAVAILABLE', `${names} is not set.`, { plugin: use });
  }

  async #required(
    tokens: readonly ServiceToken<unknown>[],
    path: readonly string[],
  ): Promise<ReadonlyMap<string, unknown>> {
    const required = new Map<string, unknown>();
    for (const { kind } of tokens) required.set(kind, await this.#start(kind, path));
    return required;
  }

  #fileOf(reference: PluginReference): { file?: string } {
    const file = this.#foreign.get(reference);
    return file === undefined ? {} : { file };
  }

  #report(service: ServiceKind, loaded: LoadedPlugin, skipped: SkippedPlugin[]): void {
    const { plugin, version, file, isOwn } = loaded;
    const { logger } = this.#options;
    this.#reports.push({
      service,
      name: plugin.name,
      ...(version === undefined ? {} : { version }),
      ...(isOwn ? {} : { file }),
      skipped,
    });
    for (const { name, reason, isExpected } of skipped) {
      const sentence = `${name} cannot be used for ${service}, ${plugin.name} is: ${reason}`;
      if (isExpected) logger.warn(sentence, { service });
      else logger.info(sentence, { service });
    }
    logger.info(`${service}: ${plugin.name} ${version ?? ''}`.trimEnd(), { service });
  }
}

function isConfigured(
  kind: string,
  services: Readonly<Record<string, unknown>>,
): kind is ServiceKind {
  return Object.hasOwn(services, kind);
}
