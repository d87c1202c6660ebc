import { Calls, CallsToken } from '../call/index.js';
import {
  createFolders,
  serviceKinds,
  type LoadedConfig,
  type ServiceKind,
} from '../config/index.js';
import {
  ConfigFolder,
  Container,
  DirectoryKey,
  StorageCipher,
  StoreName,
} from '../container/index.js';
import { Discovery } from '../contracts/discovery.js';
import { Storage } from '../contracts/storage.js';
import { Logger } from '../contracts/logger.js';
import type { PageModules } from '../contracts/page.js';
import { token, type ServiceToken } from '../contracts/token.js';
import { RoomkeyError } from '../errors/index.js';
import {
  Accounts,
  AccountsToken,
  People,
  PeopleToken,
  type KnownPeers,
  type SignedIn,
} from '../people/index.js';
import { storageCipher } from '../secure/storage-cipher.js';
import { PluginServices, type PluginReport } from '../plugin/plugin-services.js';
import {
  Directory,
  LiveRooms,
  LiveRoomsToken,
  Rooms,
  RoomsToken,
  VisitedRooms,
  VisitedRoomsToken,
} from '../rooms/index.js';
import { MonitoredStorage, type StorageMonitor } from '../storage/index.js';
import { asError } from '../util/deferred.js';

/** Options of `createRoomkey`. */
export interface RoomkeyOptions {
  /** From `readConfig`. */
  readonly config: LoadedConfig;
  /** The host's folder; the default plugins are among its dependencies. */
  readonly hostFolder: string;
  /** Services to start, in addition to those that their plugins require. Default: all six. */
  readonly services?: readonly ServiceKind[];
  /** Passed by hosts that show a page. */
  readonly page?: PageModules;
  /** Receives diagnostics. */
  readonly logger: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/**
 * A running Roomkey, as seen by a host. A property that needs a service that was not started throws
 * on access.
 */
export interface Roomkey {
  /** The chosen plugins, and why others were not. */
  readonly plugins: readonly PluginReport[];
  /** Reports whether the store answers. Needs storage. */
  readonly storage: StorageMonitor;
  /** Controls who else can read the endpoints of live rooms. Needs no service. */
  readonly directory: Directory;
  /** Needs storage. */
  readonly accounts: Accounts;
  /** Needs storage; without discovery it contains stored rooms only. */
  readonly rooms: Rooms;
  /** Needs all services. */
  readonly calls: Calls;
  /** Queries all hosts in reach now; does nothing without discovery. */
  refresh(): Promise<void>;
  /** The people that an account has met. Needs no service. */
  people(account: SignedIn): KnownPeers;
  /**
   * Returns a started service.
   *
   * @throws Error if it was not started
   */
  service<T>(token: ServiceToken<T>): T;
  /**
   * Leaves all calls and stops all services in reverse start order, also after a failure.
   * Idempotent.
   *
   * @throws RoomkeyError the failure once all is stopped; several failures as `RK_PLUGIN_FAILED`
   * with an `AggregateError` as its cause
   */
  close(): Promise<void>;
}

/**
 * Starts the configured plugins, assembles the app and, with discovery, starts searching for rooms.
 *
 * @throws RoomkeyError of the configuration or of a plugin, or `RK_DISCOVERY_FAILED`; all started
 * services are stopped first
 */
export async function createRoomkey(options: RoomkeyOptions): Promise<Roomkey> {
  const { config, logger, services = serviceKinds } = options;
  await createFolders(config.folders);
  const plugins = new PluginServices(options);
  try {
    for (const kind of services) await plugins.start(kind);
    return await assemble(options, plugins);
  } catch (error) {
    for (const failure of await plugins.stop()) logger.warn(failure.message);
    throw error;
  }
}

async function assemble(options: RoomkeyOptions, plugins: PluginServices): Promise<Roomkey> {
  const { logger, signal } = options;
  const folder = options.config.folders.config;
  const directory = await Directory.open(folder, logger);
  const container = new Container()
    .provide(Logger, logger)
    .provide(ConfigFolder, folder)
    .provide(StorageCipher, storageCipher)
    .provide(DirectoryKey, directory.key)
    .bind(AccountsToken, Accounts)
    .bind(PeopleToken, People)
    .bind(LiveRoomsToken, LiveRooms)
    .bind(VisitedRoomsToken, VisitedRooms)
    .bind(RoomsToken, Rooms)
    .bind(CallsToken, Calls);
  for (const [kind, service] of plugins.services) container.provide(token(kind), service);
  const store = plugins.services.get(Storage.kind) as Storage | undefined;
  const storage = store && new MonitoredStorage(store, logger);
  if (storage !== undefined) container.provide(Storage, storage);
  const storeName = plugins.reports.find(({ service }) => service === Storage.kind)?.name;
  if (storeName !== undefined) container.provide(StoreName, storeName);
  const searches = plugins.services.has(Discovery.kind);
  if (!searches)
    container.provide(LiveRoomsToken, new LiveRooms({ discovery: noDiscovery, logger }));
  const live = container.get(LiveRoomsToken);
  if (searches) await live.start(signal === undefined ? {} : { signal });

  let calls: Calls | undefined;
  const closeAll = async (): Promise<void> => {
    const failures: Error[] = [];
    await calls?.leaveAll();
    await container.get(VisitedRoomsToken).settled();
    storage?.stop();
    await live.stop().catch((error: unknown) => failures.push(asError(error)));
    throwAggregated([...failures, ...(await plugins.stop())]);
  };
  let closing: Promise<void> | undefined;
  return {
    plugins: plugins.reports,
    directory,
    get storage() {
      if (storage === undefined) throw new Error('the storage was not started');
      return storage;
    },
    get accounts() {
      return container.get(AccountsToken);
    },
    get rooms() {
      return container.get(RoomsToken);
    },
    get calls() {
      return (calls ??= container.get(CallsToken));
    },
    refresh: () => live.refresh(),
    people: ({ identity }) => container.get(PeopleToken).of(identity.publicKey),
    service: (wanted) => container.get(wanted),
    close: () => (closing ??= closeAll()),
  };
}

/** Used without a discovery service: finds and announces nothing. */
const noDiscovery: Discovery = {
  announce: () => Promise.resolve({ update: () => undefined, stop: () => Promise.resolve() }),
  discover: () => Promise.resolve({ query: () => undefined, stop: () => Promise.resolve() }),
};

function throwAggregated(failures: readonly Error[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new RoomkeyError(
    'RK_PLUGIN_FAILED',
    `Several plugins did not stop properly:\n  ${failures.map(({ message }) => message).join('\n  ')}`,
    { cause: new AggregateError(failures) },
  );
}
