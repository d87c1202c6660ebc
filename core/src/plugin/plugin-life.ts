import type { Logger } from '../contracts/logger.js';
import type { ServiceOf, ServiceToken } from '../contracts/token.js';
import { RoomkeyError } from '../errors/index.js';
import type { Plugin, PluginContext, RoomkeyFolders } from './define-plugin.js';
import { runStep, type PluginStep } from './run-step.js';

type CleanUp = () => void | Promise<void>;

/** Dependencies of `PluginLife`. */
export interface PluginLifeOptions {
  readonly logger: Logger;
  readonly folders: RoomkeyFolders;
  /** The services listed in `requires`, by kind. */
  readonly services: ReadonlyMap<string, unknown>;
  readonly controller: AbortController;
}

/** Lifecycle of one plugin, from probe to stop. */
export class PluginLife {
  readonly #plugin: Plugin;
  readonly #options: PluginLifeOptions;
  readonly #cleanUps: CleanUp[] = [];
  #stopped = false;

  constructor(plugin: Plugin, options: PluginLifeOptions) {
    this.#plugin = plugin;
    this.#options = options;
  }

  /** Probes and creates. On a failure, the deferred clean-ups have already run. */
  async start(config: unknown): Promise<unknown> {
    const { name, probe, create } = this.#plugin;
    const context = this.#context();
    try {
      if (probe !== undefined) await this.#step('probe', () => probe(context, config));
      const service = await this.#step('create', () => create(context, config));
      if (typeof service !== 'object' || service === null) {
        throw new RoomkeyError(
          'RK_PLUGIN_INVALID',
          `${name} created nothing: its create() must return the service.`,
          { plugin: name },
        );
      }
      return service;
    } catch (error) {
      for (const failure of await this.stop()) this.#warn(failure);
      throw error;
    }
  }

  /** Runs the deferred clean-ups in reverse order and returns their failures. Idempotent. */
  async stop(): Promise<Error[]> {
    this.#stopped = true;
    const closed = new RoomkeyError('RK_CLOSED', 'Roomkey was closed.');
    this.#options.controller.abort(closed);
    const failures: Error[] = [];
    for (let cleanUp; (cleanUp = this.#cleanUps.pop()) !== undefined;) {
      await this.#step('stop', cleanUp, new AbortController()).catch((error: unknown) => {
        failures.push(error as RoomkeyError);
      });
    }
    return failures;
  }

  #context(): PluginContext<readonly ServiceToken<unknown>[]> {
    const { logger, folders, services, controller } = this.#options;
    return {
      logger,
      folders,
      signal: controller.signal,
      use: <K extends ServiceToken<unknown>>(token: K) => {
        if (!services.has(token.kind)) {
          throw new RoomkeyError(
            'RK_PLUGIN_UNDECLARED',
            `${this.#plugin.name} uses "${token.kind}", which is not in its requires. Report this to the plugin's author.`,
            { plugin: this.#plugin.name },
          );
        }
        return services.get(token.kind) as ServiceOf<K>;
      },
      defer: (cleanUp) => {
        this.#cleanUps.push(cleanUp);
        // A step that exceeded its time limit: stop() will not be called again.
        if (this.#stopped) void this.stop().then((failures) => failures.forEach(this.#warn));
      },
    };
  }

  #step<T>(step: PluginStep, work: () => T | Promise<T>, controller = this.#options.controller) {
    return runStep({ plugin: this.#plugin.name, step, controller }, work);
  }

  readonly #warn = (failure: Error): void => {
    this.#options.logger.warn(failure.message);
  };
}
