import type { OnReadOpts } from 'node:net';

/** `u32 length` before each message. */
export const LENGTH_BYTES = 4;

/** Initial message limit (docs/protocol.md, Limits), bytes. */
const FIRST_MAX_MESSAGE_BYTES = 1_024;
/** Read size of a busy connection, bytes. */
const READ_AHEAD_BYTES = 256 * 1_024;

/** Receives the messages of the reader. */
export interface MessageSink {
  /** Whether to deliver messages; checked before each. */
  isReading(): boolean;
  /** One message, valid only during the call. */
  onMessage(message: Uint8Array): void;
  /** A length above the limit; nothing follows it. */
  onTooLarge(length: number): void;
}

/**
 * Splits a byte stream into messages. The socket reads into this buffer, and messages are lent from
 * it, so a message is not copied while it fits behind the earlier data.
 *
 * The buffer starts with room for one message of the initial limit and at most doubles when full: a
 * peer that only claims a large message causes no allocation.
 */
export class MessageReader {
  /** The socket's `onread` option: reads into this reader. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#space(),
    callback: (bytes) => {
      this.#filled(bytes);
      return true;
    },
  };
  maxMessageBytes = FIRST_MAX_MESSAGE_BYTES;
  #sink: MessageSink | undefined;
  #buffer: Buffer = Buffer.allocUnsafeSlow(LENGTH_BYTES + FIRST_MAX_MESSAGE_BYTES);
  /** Undelivered data is in `start…end` of the buffer. */
  #start = 0;
  #end = 0;
  #isDelivering = false;

  /** Sets the receiver; `undefined` discards all data. */
  deliverTo(sink: MessageSink | undefined): void {
    this.#sink = sink;
  }

  /** Whether a message or its length is incomplete. */
  get isInsideMessage(): boolean {
    return this.#end > this.#start;
  }

  /** Delivers the complete messages while they are wanted. */
  deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      while (this.#sink?.isReading() === true && this.#end - this.#start >= LENGTH_BYTES) {
        const length = this.#nextLength();
        if (length > this.maxMessageBytes) {
          this.#sink.onTooLarge(length);
          return;
        }
        const from = this.#start + LENGTH_BYTES;
        const to = from + length;
        if (to > this.#end) return;
        this.#start = to;
        this.#sink.onMessage(this.#buffer.subarray(from, to));
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  #filled(bytes: number): void {
    this.#end += bytes;
    if (this.#sink === undefined) this.#start = this.#end;
    else this.deliver();
  }

  /** Space for the next bytes; never empty. Earlier lent messages are no longer in use. */
  #space(): Buffer {
    const held = this.#end - this.#start;
    const capacity = this.#buffer.length;
    const isFull = this.#end === capacity;
    const wanted = LENGTH_BYTES + (held < LENGTH_BYTES ? 0 : this.#nextLength());
    const readAhead = Math.min(READ_AHEAD_BYTES, LENGTH_BYTES + this.maxMessageBytes);
    if (held === capacity || (isFull && capacity < readAhead)) {
      const grown = Math.min(2 * capacity, Math.max(wanted, readAhead, held + 1));
      this.#moveTo(Buffer.allocUnsafeSlow(grown));
    } else if (held === 0 || isFull || this.#start + wanted > capacity) {
      this.#moveTo(this.#buffer);
    }
    return this.#buffer.subarray(this.#end);
  }

  #moveTo(buffer: Buffer): void {
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #nextLength(): number {
    return this.#buffer.readUInt32BE(this.#start);
  }
}
