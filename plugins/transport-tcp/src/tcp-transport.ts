import { once } from 'node:events';
import { connect, createServer, isIP, type AddressInfo } from 'node:net';
import {
  RoomkeyError,
  type Connection,
  type Listener,
  type ListenOptions,
  type Logger,
  type OperationOptions,
  type Transport,
  type TransportAddress,
} from '@roomkey/core';
import type { TcpConfig } from './config.js';
import { describeAddress, remoteOf, waitForConnect } from './sockets.js';
import { TcpConnection } from './tcp-connection.js';

/** Half-open: messages of before the peer's end can still wait to be delivered. */
const SOCKET_OPTIONS = { noDelay: true, allowHalfOpen: true };

/** Creates the transport. */
export function tcpTransport(config: TcpConfig, logger: Logger): Transport {
  return new TcpTransport(config, logger);
}

class TcpTransport implements Transport {
  readonly #config: TcpConfig;
  readonly #logger: Logger;

  constructor(config: TcpConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  async listen({ onConnection, signal }: ListenOptions): Promise<Listener> {
    signal?.throwIfAborted();
    const { port } = this.#config;
    const server = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true });
    server.on('connection', (socket) => {
      const remote = remoteOf(socket);
      if (remote === undefined) {
        socket.destroy(); // already gone
        return;
      }
      const connection = new TcpConnection(socket, remote, this.#logger);
      try {
        onConnection(connection);
      } catch (error) {
        this.#logger.error('The connection handler failed; the connection is cut.', { error });
        connection.abort();
      }
    });
    try {
      // Without a host, Node listens on `::` for IPv4 and IPv6, or on 0.0.0.0 without IPv6.
      server.listen({ port });
      await once(server, 'listening', signal === undefined ? {} : { signal });
    } catch (cause) {
      server.close();
      signal?.throwIfAborted();
      const wanted = port === 0 ? 'any TCP port' : `TCP port ${port}`;
      const next =
        port === 0
          ? 'Check what the system allows this program to do.'
          : 'Close the program that uses it, or set a different port in the configuration.';
      throw new RoomkeyError('RK_TRANSPORT_LISTEN', `Cannot listen on ${wanted}. ${next}`, {
        cause,
      });
    }
    // For example, too many open files: that connection is lost, and listening continues.
    server.on('error', (error) =>
      this.#logger.warn('A connection could not be accepted.', { error }),
    );
    return {
      port: (server.address() as AddressInfo).port,
      close: () => {
        // The port is free when this returns; Node's callback would wait for every connection.
        server.close();
        return Promise.resolve();
      },
    };
  }

  async dial(address: TransportAddress, options: OperationOptions = {}): Promise<Connection> {
    options.signal?.throwIfAborted();
    const { host, port } = address;
    if (isIP(host) === 0 || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw unreachable(address, 'is not a valid address. Search for the room again.');
    }
    const socket = connect({ host, port, ...SOCKET_OPTIONS });
    socket.pause();
    const { connectTimeoutMs } = this.#config;
    try {
      await waitForConnect(socket, connectTimeoutMs, options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw unreachable(address, explain(cause, connectTimeoutMs), cause);
    }
    return new TcpConnection(socket, { host, port }, this.#logger);
  }
}

function explain(cause: unknown, timeout: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused the connection. Check that the room is still open on the other side.';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached: there is no route to it. Check that both computers are on the same network.';
    case 'ETIMEDOUT':
      return `did not answer within ${timeout} ms. A firewall may block it, or the computer has left the network.`;
    default:
      return 'cannot be reached. Check the network.';
  }
}

function unreachable(address: TransportAddress, what: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError('RK_TRANSPORT_UNREACHABLE', `${describeAddress(address)} ${what}`, {
    cause,
  });
}
