import type { Cipher } from '../contracts/cipher.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import type { HandshakeConnection } from './handshake-connection.js';
import {
  CloseCode,
  decodeClose,
  encodeClose,
  RecordOpener,
  RecordSealer,
  RecordType,
  tampered,
  type Close,
} from './records.js';

/** A ping goes out after this long in which nothing else did, ms. */
export const PING_AFTER_MS = 1_000;
/** A connection on which not a byte came for this long is taken for dead, ms. */
export const SILENCE_LIMIT_MS = 5_000;
/** The largest message once the handshake is done: 1 MiB of plaintext, header and tag. */
export const MAX_RECORD_BYTES = (1 << 20) + 32;

/** Why a channel is over. Only `closed` is a goodbye. */
export type ChannelEnd =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** What came was changed on the way, or is nothing that a peer may send; `told` says so to it. */
  | { readonly kind: 'invalid'; readonly error: RoomkeyError; readonly told: Close }
  | { readonly kind: 'broken'; readonly error: Error };

/** What a channel tells. Called synchronously; the end once, and last. */
export interface ChannelHandlers {
  /** @throws whatever is wrong with the record: the channel then ends as `invalid` */
  onRecord(type: number, plaintext: Uint8Array): void;
  onEnd(end: ChannelEnd): void;
}

/** One connection that carries sealed records both ways (`docs/protocol.md`, Records). */
export class SecureChannel {
  readonly #handshakeConnection: HandshakeConnection;
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #handlers: ChannelHandlers;
  #pulse: NodeJS.Timeout | undefined;
  #lastSent = 0;
  #lastReceived = 0;
  /** Bytes of the connection when it was last looked. */
  #bytesReceived = 0;
  /** Whether the transport still holds too much of what was sent. */
  #isFull = false;
  readonly #waiting = new Map<RecordType, readonly Uint8Array[]>();
  #ended = false;

  constructor(options: {
    readonly handshakeConnection: HandshakeConnection;
    readonly cipher: Cipher;
    readonly sealSecret: Uint8Array;
    readonly openSecret: Uint8Array;
    readonly handlers: ChannelHandlers;
  }) {
    this.#handshakeConnection = options.handshakeConnection;
    this.#sealer = new RecordSealer(options.cipher, options.sealSecret);
    this.#opener = new RecordOpener(options.cipher, options.openSecret);
    this.#handlers = options.handlers;
  }

  /**
   * Reads what comes from now on, and counts silence. Apart from the constructor, so that the owner
   * is set up first: before this, nothing ends the channel but its owner.
   */
  start(): void {
    if (this.#ended) return;
    this.#lastSent = this.#lastReceived = performance.now();
    this.#bytesReceived = this.#handshakeConnection.connection.bytesReceived;
    this.#pulse = setInterval(() => this.#beat(), PING_AFTER_MS / 2);
    this.#handshakeConnection.handOver({
      onMessage: (message) => this.#onMessage(message),
      onEnd: (reason) => this.#onConnectionEnd(reason),
    });
  }

  /**
   * Seals and sends a record; after the end it does nothing. While the transport has not taken what
   * was sent before, only the newest record of each type waits, which is all that counts of each:
   * else a partner who sends and never reads could make what we hold for them grow for ever.
   *
   * @returns false where this record took the place of one that waited
   */
  send(type: RecordType, plaintext: readonly Uint8Array[]): boolean {
    if (this.#ended) return true;
    if (!this.#isFull) {
      this.#transmit(type, plaintext);
      return true;
    }
    const isFirst = !this.#waiting.has(type);
    this.#waiting.set(type, plaintext);
    return isFirst;
  }

  /** Says goodbye and ends the connection; resolves when it is gone. Can be called twice. */
  async close(code: number, reason: string): Promise<void> {
    if (!this.#ended) this.#transmit(RecordType.close, [encodeClose({ code, reason })]);
    this.#finish();
    await this.#handshakeConnection.connection.close();
  }

  /** Cuts the connection without a goodbye and without telling the handlers. */
  abort(): void {
    this.#finish();
    this.#handshakeConnection.connection.abort();
  }

  #transmit(type: RecordType, plaintext: readonly Uint8Array[]): void {
    const { connection } = this.#handshakeConnection;
    this.#lastSent = performance.now();
    if (connection.send(this.#sealer.seal(type, plaintext))) return;
    this.#isFull = true;
    connection.drained().then(
      () => this.#onDrained(),
      () => undefined, // It ended, of which its receiver is told.
    );
  }

  #onDrained(): void {
    this.#isFull = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [type, plaintext] of waiting) this.send(type, plaintext);
  }

  #onMessage(message: Uint8Array): void {
    if (this.#ended) return;
    let opened;
    try {
      opened = this.#opener.open(message);
    } catch (error) {
      this.#tampered(error);
      return;
    }
    const { type, plaintext } = opened;
    try {
      if (type !== RecordType.close) {
        this.#handlers.onRecord(type, plaintext);
        return;
      }
      this.#end({ kind: 'closed', ...decodeClose(plaintext) });
    } catch (cause) {
      const error = asRecordError(cause);
      const told = { code: CloseCode.protocolError, reason: 'what was received makes no sense' };
      this.#end({ kind: 'invalid', error, told });
    }
  }

  #tampered(cause: unknown): void {
    const told = { code: CloseCode.tamperedError, reason: 'a record was changed on the way' };
    this.#end({ kind: 'invalid', error: tampered(cause), told });
  }

  #onConnectionEnd(reason: Error | undefined): void {
    if (hasCode(reason, 'RK_TRANSPORT_MESSAGE_TOO_LARGE')) {
      // No peer makes a record of that size: the length, which nothing seals, was changed.
      this.#tampered(reason);
      return;
    }
    const { host } = this.#handshakeConnection.connection.remote;
    const error =
      reason ??
      new RoomkeyError('RK_TRANSPORT_BROKEN', `The connection to ${host} ended without a goodbye.`);
    this.#end({ kind: 'broken', error });
  }

  #beat(): void {
    const now = performance.now();
    const { bytesReceived } = this.#handshakeConnection.connection;
    if (bytesReceived !== this.#bytesReceived) {
      // Bytes and not records: a large one takes its time on a slow link, and all behind it waits.
      this.#bytesReceived = bytesReceived;
      this.#lastReceived = now;
    }
    if (now - this.#lastReceived >= SILENCE_LIMIT_MS) {
      const { host } = this.#handshakeConnection.connection.remote;
      const message = `Nothing was heard from ${host} for ${SILENCE_LIMIT_MS / 1000} s.`;
      this.#end({ kind: 'broken', error: new RoomkeyError('RK_TRANSPORT_BROKEN', message) });
    } else if (now - this.#lastSent >= PING_AFTER_MS) {
      this.send(RecordType.ping, []);
    }
  }

  #end(end: ChannelEnd): void {
    if (this.#ended) return;
    if (end.kind === 'invalid') void this.close(end.told.code, end.told.reason);
    else this.abort();
    this.#handlers.onEnd(end);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#pulse);
    this.#waiting.clear();
    this.#sealer.erase();
    this.#opener.erase();
  }
}

function asRecordError(error: unknown): RoomkeyError {
  if (hasCode(error, 'RK_RECORD_INVALID')) return error;
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    'The other side sent a record that makes no sense.',
    {
      cause: error,
    },
  );
}
