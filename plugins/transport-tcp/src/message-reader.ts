import type { OnReadOpts } from 'node:net';

/** `u32 length` before each message. */
export const LENGTH_BYTES = 4;

/** What a connection takes until somebody says otherwise (docs/protocol.md, Limits). */
const FIRST_MAX_MESSAGE_BYTES = 1_024;
/** A busy connection reads this much at once. */
const READ_AHEAD_BYTES = 256 * 1_024;

/** Who gets what the reader finds in the stream. */
export interface MessageSink {
  /** Whether messages are wanted now; asked before each. */
  isReading(): boolean;
  /** One message, lent for the call. */
  onMessage(message: Uint8Array): void;
  /** A length above the limit; nothing is delivered after it. */
  onTooLarge(length: number): void;
}

/**
 * Takes messages out of a byte stream. The bytes are read straight into its buffer and lent from
 * there, so a message is not copied as long as it fits behind what came before it.
 *
 * The buffer begins with room for one message of the first limit, and at most doubles when it was
 * filled: a peer that only claims to send much makes us allocate nothing.
 */
export class MessageReader {
  /** What the socket takes as its `onread`: it reads into this reader. */
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
  /** What was received and not delivered lies in `start…end` of the buffer. */
  #start = 0;
  #end = 0;
  #isDelivering = false;

  /** Says who gets the messages; `undefined`: what comes is thrown away. */
  deliverTo(sink: MessageSink | undefined): void {
    this.#sink = sink;
  }

  /** Whether a message, or its length, has begun and not ended. */
  get isInsideMessage(): boolean {
    return this.#end > this.#start;
  }

  /** Delivers the whole messages that are there, as long as they are wanted. */
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

  /** Where the next bytes go: never empty. What was lent is over by now. */
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
