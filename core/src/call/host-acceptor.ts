import { setMaxListeners } from 'node:events';
import type { Cipher } from '../contracts/cipher.js';
import type { Connection, Listener, Transport } from '../contracts/transport.js';
import {
  MAX_PENDING,
  type HandshakeRateLimiter,
  type HandshakeTicket,
} from '../secure/handshake-rate-limiter.js';
import { HostHandshake } from '../secure/host-handshake.js';
import {
  runHostHandshake,
  rejectConnection,
  type CompletedHandshake,
} from '../secure/run-handshake.js';
import { hasCode, type RoomkeyError } from '../errors/index.js';
import type { CallRoom } from './call-room.js';
import { refusedNotice } from './notices.js';

/** The events of a host acceptor. */
export interface HostAcceptorHandlers {
  /** A guest completed the handshake. */
  onGuest(guest: CompletedHandshake): void;
  /** A guest at the address `remote` failed to join; the message is for the user. */
  onRefused(error: RoomkeyError, remote: string): void;
}

/** Accepts connections of guests and performs the handshake with each. */
export class HostAcceptor {
  readonly #transport: Transport;
  readonly #cipher: Cipher;
  readonly #room: CallRoom;
  readonly #rateLimiter: HandshakeRateLimiter;
  readonly #handlers: HostAcceptorHandlers;
  readonly #stop = new AbortController();
  #listener: Listener | undefined;

  constructor(options: {
    readonly transport: Transport;
    readonly cipher: Cipher;
    readonly room: CallRoom;
    readonly rateLimiter: HandshakeRateLimiter;
    readonly handlers: HostAcceptorHandlers;
  }) {
    this.#transport = options.transport;
    this.#cipher = options.cipher;
    this.#room = options.room;
    this.#rateLimiter = options.rateLimiter;
    this.#handlers = options.handlers;
  }

  /**
   * Starts to listen.
   *
   * @returns the port to announce
   */
  async open(signal: AbortSignal): Promise<number> {
    // One listener for each pending message; the rate limiter bounds their number.
    setMaxListeners(MAX_PENDING, this.#stop.signal);
    const onConnection = (connection: Connection): void => void this.#receive(connection);
    this.#listener = await this.#transport.listen({ onConnection, signal });
    return this.#listener.port;
  }

  /** Stops listening and aborts the handshakes in progress. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listener?.close();
  }

  async #receive(connection: Connection): Promise<void> {
    const { host } = connection.remote;
    let ticket: HandshakeTicket;
    try {
      ticket = this.#rateLimiter.admit(host);
    } catch (error) {
      // Only the guest learns of it: a flood of connections must not become a flood of notices.
      void rejectConnection(connection, error);
      return;
    }
    const handshake = this.#handshake();
    try {
      this.#handlers.onGuest(
        await runHostHandshake(connection, handshake, ticket, this.#stop.signal),
      );
    } catch (error) {
      if (this.#stop.signal.aborted || needsNoNotice(connection, handshake, error)) return;
      this.#handlers.onRefused(refusedNotice(error, handshake.refusedPassword), host);
    } finally {
      ticket.release();
    }
  }

  #handshake(): HostHandshake {
    const { account, parameters, passwordSecret } = this.#room;
    return new HostHandshake({
      identity: account.identity,
      name: account.name,
      room: parameters,
      ...(passwordSecret && { passwordSecret }),
      ciphers: [this.#cipher],
    });
  }
}

/**
 * Whether a connection needs no notice: one without data is a port scan, and one that ends before
 * GuestFinish may be a guest that reached another address of the host sooner.
 */
function needsNoNotice(connection: Connection, handshake: HostHandshake, error: unknown): boolean {
  if (connection.bytesReceived === 0) return true;
  return hasCode(error, 'RK_TRANSPORT_BROKEN') && !handshake.hasProof;
}
