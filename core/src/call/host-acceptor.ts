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

/** What the host's side tells. */
export interface HostAcceptorHandlers {
  /** A guest was verified. */
  onGuest(guest: CompletedHandshake): void;
  /** Somebody at the address `remote` began to come in and could not; the error is for people. */
  onRefused(error: RoomkeyError, remote: string): void;
}

/** Listens for guests and verifies them. */
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
   * Begins to listen.
   *
   * @returns the port to announce
   */
  async open(signal: AbortSignal): Promise<number> {
    // A listener for each message that is waited for; the rate limiter bounds them.
    setMaxListeners(MAX_PENDING, this.#stop.signal);
    const onConnection = (connection: Connection): void => void this.#receive(connection);
    this.#listener = await this.#transport.listen({ onConnection, signal });
    return this.#listener.port;
  }

  /** Stops listening and cuts the handshakes under way; can be called twice. */
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
      // Told to the caller only: a flood of callers must not become one of notices.
      void rejectConnection(connection, error);
      return;
    }
    const handshake = this.#handshake();
    try {
      this.#handlers.onGuest(
        await runHostHandshake(connection, handshake, ticket, this.#stop.signal),
      );
    } catch (error) {
      if (this.#stop.signal.aborted || isPassingBy(connection, handshake, error)) return;
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
 * Who connects and says nothing looks whether a port is open; who hangs up before F3 may be a guest
 * whom another of the host's addresses answered sooner. Neither wants anything of people.
 */
function isPassingBy(connection: Connection, handshake: HostHandshake, error: unknown): boolean {
  if (connection.bytesReceived === 0) return true;
  return hasCode(error, 'RK_TRANSPORT_BROKEN') && !handshake.hasProof;
}
