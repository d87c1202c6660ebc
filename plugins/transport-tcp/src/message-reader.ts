/** `u32 length` before each message. */
export const LENGTH_BYTES = 4;

/** Initial message limit (docs/protocol.md, Limits), bytes. */
const FIRST_MAX_MESSAGE_BYTES = 1_024;

const EMPTY = Buffer.alloc(0);

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
 * Splits a byte stream into messages. A message that came in one chunk is lent from it; one that spans
 * chunks is copied into a buffer, which at most doubles when it is full: a peer that only claims a
 * large message causes no allocation.
 */
export class MessageReader {
  maxMessageBytes = FIRST_MAX_MESSAGE_BYTES;
  #sink: MessageSink | undefined;
  /** The first `#collectedBytes` are the beginning of a message, length included. */
  #collected: Buffer = EMPTY;
  #collectedBytes = 0;
  /** What follows it: received and not delivered. */
  #chunk: Buffer = EMPTY;
  #isDelivering = false;

  /** Sets the receiver; `undefined` discards all data. */
  deliverTo(sink: MessageSink | undefined): void {
    this.#sink = sink;
  }

  /** Whether there are bytes that were not delivered. */
  get isInsideMessage(): boolean {
    return this.#collectedBytes + this.#chunk.length > 0;
  }

  /** Takes over the next bytes of the stream, and delivers the messages that are complete. */
  add(chunk: Buffer): void {
    if (this.#sink === undefined) return;
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
    this.deliver();
  }

  /** Delivers the complete messages while they are wanted. */
  deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      while (this.#sink?.isReading() === true) {
        const message = this.#next(this.#sink);
        if (message === undefined) return;
        this.#sink.onMessage(message);
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  /** The next message, once it is complete. */
  #next(sink: MessageSink): Uint8Array | undefined {
    const isLent = this.#collectedBytes === 0 && this.#chunk.length >= LENGTH_BYTES;
    if (!isLent && !this.#collect(LENGTH_BYTES)) return undefined;
    const length = (isLent ? this.#chunk : this.#collected).readUInt32BE();
    if (length > this.maxMessageBytes) {
      sink.onTooLarge(length);
      return undefined;
    }
    const end = LENGTH_BYTES + length;
    if (isLent && this.#chunk.length >= end) {
      const message = this.#chunk.subarray(LENGTH_BYTES, end);
      this.#chunk = this.#chunk.subarray(end);
      return message;
    }
    if (!this.#collect(end)) return undefined;
    this.#collectedBytes = 0;
    return this.#collected.subarray(LENGTH_BYTES, end);
  }

  /** Moves bytes of the chunk until so many are collected. @returns whether they are */
  #collect(bytes: number): boolean {
    const missing = Math.max(0, bytes - this.#collectedBytes);
    const added = this.#chunk.subarray(0, missing);
    const total = this.#collectedBytes + added.length;
    if (total > this.#collected.length) {
      const doubled = Math.min(bytes, 2 * this.#collected.length);
      const grown = Buffer.allocUnsafeSlow(Math.max(total, doubled));
      this.#collected.copy(grown, 0, 0, this.#collectedBytes);
      this.#collected = grown;
    }
    added.copy(this.#collected, this.#collectedBytes);
    this.#collectedBytes = total;
    this.#chunk = this.#chunk.subarray(added.length);
    return total >= bytes;
  }
}
