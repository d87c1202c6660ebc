import { RoomkeyError, settleOrAbort, type ErrorCode, type Logger } from '@roomkey/core';
import { MongoClient, type Db, type Document, type MongoClientOptions } from 'mongodb';
import { databaseOf, type Config } from './config.js';
import {
  isThisComputer,
  setsTls,
  stripOwnOptions,
  unverifiedOptions,
} from './connection-string.js';
import { DriverSockets } from './driver-sockets.js';
import { closedError, connectError, ioError, LIMIT_MS, uriError } from './errors.js';
import { NoAnswerError, NoLookupError } from './failure-reason.js';

/**
 * Short, since users of a desktop app should soon see that a server is away. The driver's limits only
 * clean up after ours, except the first, whose error gives the best reason.
 */
const OPTIONS: MongoClientOptions = {
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: LIMIT_MS,
  socketTimeoutMS: LIMIT_MS,
  waitQueueTimeoutMS: LIMIT_MS,
  // A watched collection may keep one of them for itself.
  maxPoolSize: 8,
  // Writes must be visible to the next read, and survive a power cut of the server.
  readPreference: 'primary',
  readConcern: { level: 'local' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: LIMIT_MS },
};

/** Time limit for closing the connections, in ms. */
const CLOSE_LIMIT_MS = 500;

/** What a server can do. */
export interface ServerAbilities {
  /** Whether it has change streams: replica sets and sharded clusters do. */
  readonly changeStreams: boolean;
  /**
   * Whether finding and changing a document is atomic. In FerretDB 1 only inserting an id is.
   */
  readonly atomicUpdates: boolean;
}

/** A connection to a server, or to all servers of a replica set. */
export class MongoServer {
  readonly abilities: ServerAbilities;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #sockets: DriverSockets;
  readonly #hosts: string;
  #closed = false;

  private constructor(
    client: MongoClient,
    db: Db,
    sockets: DriverSockets,
    hosts: string,
    abilities: ServerAbilities,
  ) {
    this.#client = client;
    this.#db = db;
    this.#sockets = sockets;
    this.#hosts = hosts;
    this.abilities = abilities;
  }

  /**
   * @throws RoomkeyError `RK_CONFIG_INVALID` where the connection string is malformed or the server
   * refuses us; `RK_PLUGIN_UNAVAILABLE` where it does not answer
   */
  static async connect(config: Config, signal: AbortSignal, logger: Logger): Promise<MongoServer> {
    const client = makeClient(config, logger);
    const { hosts, srvHost } = client.options;
    const name = hostsOf(client);
    warnOfExposure(config.uri, client, logger);
    const sockets = new DriverSockets();
    const db = client.db(databaseOf(config));
    const meet = async (): Promise<ServerAbilities> => {
      await client.connect();
      const hello = await db.command({ hello: 1 });
      return abilitiesOf(hello, await db.command({ buildInfo: 1 }));
    };
    try {
      const abilities = await inTime(() => sockets.run(meet), signal);
      return new MongoServer(client, db, sockets, name, abilities);
    } catch (error) {
      await close(client, sockets);
      if (signal.aborted) throw signal.reason;
      // The driver knows the servers of an SRV name once it was looked up.
      const isUnknown =
        srvHost !== undefined && hosts.length === 0 && error instanceof NoAnswerError;
      throw connectError(name, isUnknown ? new NoLookupError() : error);
    }
  }

  /**
   * Runs a command, for at most `LIMIT_MS`. After an abort its outcome is unknown.
   *
   * @throws the signal's reason; the driver's error, for `describe`; `NoAnswerError`
   */
  async run<T>(command: (db: Db) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    return inTime(() => this.#sockets.run(() => command(this.#db)), signal);
  }

  /** Converts anything thrown to an error that may leave the plugin. */
  describe(error: unknown): Error {
    return error instanceof RoomkeyError ? error : ioError(this.#hosts, error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await close(this.#client, this.#sockets);
  }
}

function makeClient(config: Config, logger: Logger): MongoClient {
  const { uri, stripped } = stripOwnOptions(config.uri);
  if (stripped.length > 0) {
    logger.warn(
      `Roomkey itself sets ${stripped.join(', ')}. Remove this from the \`uri\` of @roomkey/storage-mongo; it has no effect.`,
      { code: 'RK_CONFIG_IGNORED' satisfies ErrorCode },
    );
  }
  const named = /[?&]appName=/i.test(uri) ? {} : { appName: 'roomkey' };
  try {
    return new MongoClient(uri, { ...OPTIONS, ...named });
  } catch {
    // The driver's message quotes parts of it.
    throw uriError();
  }
}

/** The servers, as the user configured them. */
function hostsOf({ options: { hosts, srvHost } }: MongoClient): string {
  return srvHost ?? hosts.join(', ');
}

/** Warns at each start that traffic can be read or changed, unless the user asked for it. */
function warnOfExposure(uri: string, client: MongoClient, logger: Logger): void {
  const { hosts, srvHost, tls } = client.options;
  const isRemote = srvHost !== undefined || !hosts.every(isThisComputer);
  if (!isRemote) return;
  if (!tls && !setsTls(uri)) {
    logger.warn(
      `MongoDB at ${hostsOf(client)} is used without encryption: others on the network can read and change what is stored. Add tls=true to \`uri\`, which is MONGO_URI unless you set it otherwise, or tls=false if you want it so.`,
      { code: 'RK_STORAGE_EXPOSED' satisfies ErrorCode },
    );
  }
  const unverified = tls ? unverifiedOptions(uri) : [];
  if (unverified.length > 0) {
    logger.warn(
      `Anyone on the network can pose as MongoDB at ${hostsOf(client)}, since \`uri\` has ${unverified.join(' and ')}. Name the server's authority by tlsCAFile instead.`,
      { code: 'RK_STORAGE_EXPOSED' satisfies ErrorCode },
    );
  }
}

function abilitiesOf(hello: Document, build: Document): ServerAbilities {
  return {
    changeStreams: typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid',
    atomicUpdates: build['ferretdbVersion'] === undefined,
  };
}

async function inTime<T>(command: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new NoAnswerError()), LIMIT_MS);
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const answer = command();
  // It may fail after the caller has stopped waiting.
  answer.catch(() => undefined);
  try {
    return await settleOrAbort(answer, controller.signal);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Closes the connections; the server may no longer answer. */
async function close(client: MongoClient, sockets: DriverSockets): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), CLOSE_LIMIT_MS);
  const closing = client.close();
  closing.catch(() => undefined);
  await settleOrAbort(closing, limit.signal).catch(() => undefined);
  clearTimeout(timer);
  sockets.destroy();
}
