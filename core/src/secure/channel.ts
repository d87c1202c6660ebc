import type { Cipher } from '../contracts/cipher.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import type { HandshakeConnection } from './handshake-connection.js';
import {
  CloseCode,
  decodeClose,
  encodeClose,
  RecordOpener,
  MAX_PLAINTEXT_BYTES,
  RecordSealer,
  RecordType,
  RECORD_HEADER_BYTES,
  tampered,
  type Close,
  type OpenedRecord,
  type RecordFields,
} from './records.js';

/** A ping is sent after this long without any other record, ms. */
export const PING_AFTER_MS = 1_000;
/** A connection is considered dead after this long without a byte, ms. */
export const SILENCE_LIMIT_MS = 5_000;
/** The longest tag that a cipher may have, bytes. */
const MAX_TAG_BYTES = 64;
/** The largest message once the handshake is done: one fragment with header and tag. */
export const MAX_RECORD_BYTES = RECORD_HEADER_BYTES + MAX_PLAINTEXT_BYTES + MAX_TAG_BYTES;

/** Why a channel ended. Only `closed` is a regular end. */
export type ChannelEnd =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /**
   * A record was tampered with or breaks the protocol; `closeSent` is the close record sent to the peer.
   */
  | { readonly kind: 'invalid'; readonly error: RoomkeyError; readonly closeSent: Close }
  | { readonly kind: 'broken'; readonly error: Error };

/** Called synchronously; `onEnd` once, and last. */
export interface ChannelHandlers {
  /** @throws whatever is wrong with the record: the channel then ends as `invalid` */
  onRecord(record: OpenedRecord): void;
  /** The transport takes more again: `hasCapacity` is true. */
  onDrained(): void;
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
  /** `bytesReceived` of the connection at the last check. */
  #bytesReceived = 0;
  /** Whether the transport's send buffer is full. */
  #isFull = false;
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
   * Starts reading and the silence timer. Separate from the constructor so that the owner is ready
   * first: before this call, only the owner can end the channel.
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

  /** Whether the transport takes more without buffering it. */
  get hasCapacity(): boolean {
    return !this.#isFull && !this.#ended;
  }

  /**
   * Seals and sends a record; after the end it does nothing. What is sent without `hasCapacity` waits
   * in the transport: the caller bounds how much.
   */
  send(fields: RecordFields, plaintext: readonly Uint8Array[]): void {
    if (this.#ended) return;
    const { connection } = this.#handshakeConnection;
    this.#lastSent = performance.now();
    if (connection.send(this.#sealer.seal(fields, plaintext)) || this.#isFull) return;
    this.#isFull = true;
    connection.drained().then(
      () => this.#onDrained(),
      () => undefined, // It ended, of which its receiver is told.
    );
  }

  /** Sends a close record and ends the connection; resolves once it is closed. Idempotent. */
  async close(code: number, reason: string): Promise<void> {
    this.send({ type: RecordType.close }, [encodeClose({ code, reason })]);
    this.#finish();
    await this.#handshakeConnection.connection.close();
  }

  /** Cuts the connection without a close record and without calling the handlers. */
  abort(): void {
    this.#finish();
    this.#handshakeConnection.connection.abort();
  }

  #onDrained(): void {
    this.#isFull = false;
    if (!this.#ended) this.#handlers.onDrained();
  }

  #onMessage(message: Uint8Array): void {
    if (this.#ended) return;
    let opened: OpenedRecord;
    try {
      opened = this.#opener.open(message);
    } catch (error) {
      this.#tampered(error);
      return;
    }
    try {
      if (opened.type !== RecordType.close) {
        this.#handlers.onRecord(opened);
        return;
      }
      this.#end({ kind: 'closed', ...decodeClose(opened.plaintext) });
    } catch (cause) {
      const error = asRecordError(cause);
      const closeSent = { code: CloseCode.protocolError, reason: 'a received record is malformed' };
      this.#end({ kind: 'invalid', error, closeSent });
    }
  }

  #tampered(cause: unknown): void {
    const closeSent = { code: CloseCode.tamperedError, reason: 'a record was changed on the way' };
    this.#end({ kind: 'invalid', error: tampered(cause), closeSent });
  }

  #onConnectionEnd(reason: Error | undefined): void {
    if (hasCode(reason, 'RK_TRANSPORT_MESSAGE_TOO_LARGE')) {
      // No peer sends a record of this size: the length prefix, which is not authenticated, was
      // changed.
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
      // Counts bytes, not records: on a slow link a large record takes long, and the others wait
      // behind it.
      this.#bytesReceived = bytesReceived;
      this.#lastReceived = now;
    }
    if (now - this.#lastReceived >= SILENCE_LIMIT_MS) {
      const { host } = this.#handshakeConnection.connection.remote;
      const message = `Nothing was heard from ${host} for ${SILENCE_LIMIT_MS / 1000} s.`;
      this.#end({ kind: 'broken', error: new RoomkeyError('RK_TRANSPORT_BROKEN', message) });
    } else if (this.hasCapacity && now - this.#lastSent >= PING_AFTER_MS) {
      this.send({ type: RecordType.ping }, []);
    }
  }

  #end(end: ChannelEnd): void {
    if (this.#ended) return;
    if (end.kind === 'invalid') void this.close(end.closeSent.code, end.closeSent.reason);
    else this.abort();
    this.#handlers.onEnd(end);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#pulse);
    this.#sealer.erase();
    this.#opener.erase();
  }
}

function asRecordError(error: unknown): RoomkeyError {
  if (hasCode(error, 'RK_RECORD_INVALID')) return error;
  return new RoomkeyError('RK_RECORD_INVALID', 'The other side sent a malformed record.', {
    cause: error,
  });
}
