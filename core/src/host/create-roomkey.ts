import { makeFolders, serviceKinds, type LoadedConfig, type ServiceKind } from '../config/index.js';
import { Container } from '../container/index.js';
import { Logger } from '../contracts/logger.js';
import { token, type ServiceToken } from '../contracts/token.js';
import { RoomkeyError } from '../errors/index.js';
import { PluginServices, type PluginReport } from '../plugin/selection.js';

/** What `createRoomkey` takes. */
export interface RoomkeyOptions {
  /** From `readConfig`. */
  readonly config: LoadedConfig;
  /** The host's own folder: the default plugins are among its dependencies. */
  readonly hostFolder: string;
  /** The services to start; what their plugins require is started as well. Default: all five. */
  readonly services?: readonly ServiceKind[];
  /** Where diagnostics go. */
  readonly logger: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/** A running Roomkey: what a host shows to people. */
export interface Roomkey {
  /** Which plugins were chosen, and why not others. */
  readonly plugins: readonly PluginReport[];
  /**
   * A started service.
   *
   * @throws Error where it is not among the services that were started.
   */
  service<T>(token: ServiceToken<T>): T;
  /**
   * Stops everything, last started first, past failures. Can be called twice.
   *
   * @throws RoomkeyError the failure, or `RK_PLUGIN_FAILED` with an `AggregateError` of several as
   * its cause, when all is stopped.
   */
  close(): Promise<void>;
}

/**
 * Starts the plugins that the configuration chooses and puts the app together.
 *
 * @throws RoomkeyError of the configuration or of a plugin; what was started is stopped again.
 */
export async function createRoomkey(options: RoomkeyOptions): Promise<Roomkey> {
  const { config, logger, services = serviceKinds } = options;
  await makeFolders(config.folders);
  const plugins = new PluginServices(options);
  try {
    for (const kind of services) await plugins.start(kind);
  } catch (error) {
    for (const failure of await plugins.stop()) logger.warn(failure.message);
    throw error;
  }
  const container = new Container().provide(Logger, logger);
  for (const [kind, service] of plugins.services) container.provide(token(kind), service);
  let closing: Promise<void> | undefined;
  return {
    plugins: plugins.reports,
    service: (wanted) => container.get(wanted),
    close: () => (closing ??= plugins.stop().then(throwGathered)),
  };
}

function throwGathered(failures: readonly Error[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new RoomkeyError(
    'RK_PLUGIN_FAILED',
    `Several plugins did not stop properly:\n  ${failures.map(({ message }) => message).join('\n  ')}`,
    { cause: new AggregateError(failures) },
  );
}
