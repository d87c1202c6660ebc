import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { RoomkeyError, type Logger } from '@roomkey/core';
import { broadcastDestinations, LIMITED_BROADCAST, pointToPointAddresses } from './destinations.js';
import { PointToPointSockets } from './point-to-point-sockets.js';

const PLUGIN = '@roomkey/discovery-udp';

/** Who gets the datagrams, of either socket. */
export type DatagramHandler = (bytes: Uint8Array, from: RemoteInfo) => void;

/**
 * The sockets of one instance.
 *
 * - `shared` is bound to the well-known port and hears broadcasts. Several processes bind that port,
 *   hence `reuseAddr`: libuv makes SO_REUSEADDR of it on Linux and Windows and SO_REUSEPORT on
 *   macOS and the BSDs, which is on each what lets every bound socket get its own copy of a
 *   broadcast. Not node's newer `reusePort`: on Linux that spreads datagrams over the sockets, and
 *   on macOS it throws.
 * - `own` has a port of its own and sends. A unicast to a shared port reaches one of the processes
 *   there, whichever the system likes, so answers must come here.
 *
 * Both are bound to 0.0.0.0: a socket that is bound to an interface's address hears no broadcasts.
 *
 * - `pointToPoint` are those that send on networks of a single address, and hear the answers there.
 */
export class BroadcastSockets {
  readonly #shared: Socket;
  readonly #own: Socket;
  readonly #pointToPoint: PointToPointSockets;
  readonly #port: number;
  readonly #logger: Logger;
  readonly #pending = new Set<Promise<unknown>>();
  #failures = '';

  private constructor(
    shared: Socket,
    own: Socket,
    pointToPoint: PointToPointSockets,
    port: number,
    logger: Logger,
  ) {
    this.#shared = shared;
    this.#own = own;
    this.#pointToPoint = pointToPoint;
    this.#port = port;
    this.#logger = logger;
  }

  /** @throws RoomkeyError `RK_DISCOVERY_FAILED` where the port cannot be had. */
  static async open(
    port: number,
    logger: Logger,
    onDatagram: DatagramHandler,
  ): Promise<BroadcastSockets> {
    const shared = await bind(port);
    let own: Socket;
    try {
      own = await bind(0);
    } catch (error) {
      shared.close();
      throw error;
    }
    const hear = (socket: Socket): Socket => {
      socket.on('message', onDatagram);
      // An ICMP answer to something sent earlier, for one: the sockets go on working.
      socket.on('error', (error) => logger.warn('A discovery socket reports an error', { error }));
      return socket;
    };
    hear(shared);
    hear(own).setBroadcast(true);
    const pointToPoint = new PointToPointSockets(async (address) => {
      const socket = hear(await bind(0, address));
      socket.setBroadcast(true);
      return socket;
    });
    return new BroadcastSockets(shared, own, pointToPoint, port, logger);
  }

  /**
   * Sends to everybody in reach. Which networks there are is looked up each time: interfaces come
   * and go.
   *
   * @returns whether it could be sent anywhere
   */
  async broadcast(bytes: Uint8Array): Promise<boolean> {
    const hosts = broadcastDestinations();
    const pointToPoint = pointToPointAddresses();
    const [directed, alone] = await Promise.all([
      Promise.all(hosts.map((host) => this.send(bytes, host, this.#port))),
      this.#track(this.#broadcastFrom(pointToPoint, bytes)),
    ]);
    const errors = [...directed, ...alone];
    // No network behind one of them just now (ENETUNREACH), or a firewall's rule (EPERM): ordinary,
    // and worth a line only when it changes.
    const ways = [...hosts, ...pointToPoint.map((address) => `from ${address}`)];
    const failures = ways.flatMap((way, index) =>
      errors[index] === null ? [] : [`${way}: ${errors[index]?.message ?? ''}`],
    );
    if (failures.join() !== this.#failures) {
      this.#failures = failures.join();
      this.#logger.debug('Broadcast destinations out of reach', { failures });
    }
    return failures.length < ways.length;
  }

  /** Sends to one address. @returns why it could not be sent, or `null` */
  send(bytes: Uint8Array, host: string, port: number): Promise<Error | null> {
    return this.#track(send(this.#own, bytes, host, port));
  }

  /** Sends by the interfaces of these own addresses. */
  async #broadcastFrom(addresses: readonly string[], bytes: Uint8Array): Promise<(Error | null)[]> {
    const sockets = await this.#pointToPoint.openFor(addresses);
    return await Promise.all(
      sockets.map(async (socket) =>
        socket instanceof Error ? socket : await send(socket, bytes, LIMITED_BROADCAST, this.#port),
      ),
    );
  }

  /** What is waited for before the sockets are closed. */
  async #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }

  /** Closes all when what was sent has left. */
  async close(): Promise<void> {
    await Promise.all(this.#pending);
    await this.#pointToPoint.close();
    await Promise.all(
      [this.#shared, this.#own].map(async (socket) => {
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      }),
    );
  }
}

function send(
  socket: Socket,
  bytes: Uint8Array,
  host: string,
  port: number,
): Promise<Error | null> {
  return new Promise((resolve) => socket.send(bytes, port, host, (error) => resolve(error)));
}

async function bind(port: number, address = '0.0.0.0'): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: port !== 0 });
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw cannotListen(port, error);
  }
}

function cannotListen(port: number, cause: unknown): RoomkeyError {
  const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const reason = taken
    ? 'another program has it and does not share it. Close that program (such as a surveillance camera’s viewer), or give every machine another `port` in the settings of @roomkey/discovery-udp'
    : 'the system refuses it. Look whether a firewall or a sandbox forbids UDP, or give every machine another `port` in the settings of @roomkey/discovery-udp';
  return new RoomkeyError('RK_DISCOVERY_FAILED', `Cannot listen on UDP port ${port}: ${reason}.`, {
    cause,
    plugin: PLUGIN,
  });
}
