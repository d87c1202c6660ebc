import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { RoomkeyError, type Logger } from '@roomkey/core';
import { broadcastDestinations, LIMITED_BROADCAST, pointToPointAddresses } from './destinations.js';
import { PointToPointSockets } from './point-to-point-sockets.js';

const PLUGIN = '@roomkey/discovery-udp';

/** Receives the datagrams of all sockets. */
export type DatagramHandler = (bytes: Uint8Array, from: RemoteInfo) => void;

/**
 * The sockets of one instance.
 *
 * - `shared` is bound to the well-known port and receives broadcasts. Several processes bind that
 *   port, hence `reuseAddr`: libuv sets SO_REUSEADDR on Linux and Windows and SO_REUSEPORT on macOS
 *   and the BSDs, which on each lets every bound socket receive its own copy of a broadcast. Not
 *   Node's newer `reusePort`: it distributes datagrams over the sockets on Linux, and throws on
 *   macOS.
 * - `own` has its own port and sends. A unicast to a shared port reaches an arbitrary one of its
 *   processes, so answers must come here.
 * - `pointToPoint` send on networks of a single address, and receive the answers there.
 *
 * `shared` and `own` are bound to 0.0.0.0: a socket bound to an interface's address receives no
 * broadcasts.
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

  /** @throws RoomkeyError `RK_DISCOVERY_FAILED` if the port is not available */
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
    const receiveOn = (socket: Socket): Socket => {
      socket.on('message', onDatagram);
      // For example, an ICMP answer to an earlier datagram: the sockets keep working.
      socket.on('error', (error) => logger.warn('A discovery socket reports an error', { error }));
      return socket;
    };
    receiveOn(shared);
    receiveOn(own).setBroadcast(true);
    const pointToPoint = new PointToPointSockets(async (address) => {
      const socket = receiveOn(await bind(0, address));
      socket.setBroadcast(true);
      return socket;
    });
    return new BroadcastSockets(shared, own, pointToPoint, port, logger);
  }

  /**
   * Sends to everyone in reach. Looks up the networks each time: interfaces come and go.
   *
   * @returns whether at least one destination was reachable
   */
  async broadcast(bytes: Uint8Array): Promise<boolean> {
    const hosts = broadcastDestinations();
    const pointToPoint = pointToPointAddresses();
    const [directed, alone] = await Promise.all([
      Promise.all(hosts.map((host) => this.send(bytes, host, this.#port))),
      this.#track(this.#broadcastFrom(pointToPoint, bytes)),
    ]);
    const errors = [...directed, ...alone];
    // A destination without a network at the moment (ENETUNREACH), or a firewall rule (EPERM), is
    // ordinary: log only changes.
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

  /** Sends to one address. @returns the error, or `null` */
  send(bytes: Uint8Array, host: string, port: number): Promise<Error | null> {
    return this.#track(send(this.#own, bytes, host, port));
  }

  /** Broadcasts from these own addresses. */
  async #broadcastFrom(addresses: readonly string[], bytes: Uint8Array): Promise<(Error | null)[]> {
    const sockets = await this.#pointToPoint.openFor(addresses);
    return await Promise.all(
      sockets.map(async (socket) =>
        socket instanceof Error ? socket : await send(socket, bytes, LIMITED_BROADCAST, this.#port),
      ),
    );
  }

  /** Makes `close` wait for this work. */
  async #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }

  /** Closes all sockets after pending sends. */
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
    ? 'another program uses it exclusively. Close that program (such as a surveillance camera’s viewer), or set the same different `port` of @roomkey/discovery-udp on every machine'
    : 'the system refuses it. Check whether a firewall or a sandbox blocks UDP, or set the same different `port` of @roomkey/discovery-udp on every machine';
  return new RoomkeyError('RK_DISCOVERY_FAILED', `Cannot listen on UDP port ${port}: ${reason}.`, {
    cause,
    plugin: PLUGIN,
  });
}
