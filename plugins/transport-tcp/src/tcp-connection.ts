import type { Socket } from 'node:net';
import {
  deferred,
  RoomkeyError,
  settleOrAbort,
  type Connection,
  type Deferred,
  type Logger,
  type MessageReceiver,
  type OperationOptions,
  type TransportAddress,
} from '@roomkey/core';
import { describeAddress } from './sockets.js';
import { LENGTH_BYTES, MessageReader } from './message-reader.js';

/** How long `close()` waits for sent data to reach the peer, ms. */
const FLUSH_MS = 1_000;

/** From this many unsent bytes on, `send()` asks the caller to wait: more than the socket itself would. */
const SEND_BUFFER_BYTES = 256 * 1_024;

/**
 * Delivery budget per turn of the event loop, bytes. A message costs its length plus
 * `MESSAGE_COST`, since tiny messages cost by their number. Allows one large or 256 tiny messages:
 * a few milliseconds of opening records.
 */
const TURN_BYTES = 512 * 1_024;
const MESSAGE_COST = 2_048;

/**
 * - `open`: initial; read after `receive`
 * - `closing`: after an own `close()` or `abort()`; sends and delivers nothing
 * - `over`: ended
 */
type State = 'open' | 'closing' | 'over';

/** A connection over a paused socket. */
export class TcpConnection implements Connection {
  readonly remote: TransportAddress;
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  readonly #logger: Logger;
  readonly #gone: Promise<void>;
  /** Settles all pending `drained()` calls. */
  #drain: Deferred<void> | undefined;
  #state: State = 'open';
  /** Whether the peer ended it, and messages from before may still wait to be delivered. */
  #hasPeerEnded = false;
  /** Whether an own `close()` or `abort()` came first; `receive` then fails. */
  #isClosedLocally = false;
  #isPaused = false;
  /** Remaining delivery budget of this turn; when used up, the rest waits for the next one. */
  #turnBudget = TURN_BYTES;
  #receiver: MessageReceiver | undefined;
  #socketError: Error | undefined;
  /** The end reason, until the receiver is notified. */
  #endReason: Error | undefined;

  constructor(socket: Socket, remote: TransportAddress, logger: Logger) {
    this.remote = remote;
    this.#socket = socket;
    this.#logger = logger;
    socket.on('error', (error) => (this.#socketError = error));
    socket.on('end', () => {
      this.#hasPeerEnded = true;
      this.#endOnceDelivered();
    });
    socket.on('drain', () => {
      this.#drain?.resolve();
      this.#drain = undefined;
    });
    this.#gone = new Promise((resolve) =>
      socket.once('close', () => {
        this.#onSocketClosed();
        resolve();
      }),
    );
    socket.on('data', (chunk: Buffer) => this.#reader.add(chunk));
    this.#reader.deliverTo({
      isReading: () => this.#isReading(),
      onMessage: (message) => this.#onMessage(message),
      onTooLarge: (length) => this.#onTooLarge(length),
    });
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  receive(receiver: MessageReceiver): void {
    if (this.#receiver !== undefined) throw closedError('It already has a receiver.');
    if (this.#isClosedLocally) throw closedError();
    this.#receiver = receiver;
    // Asynchronously, like every notification of a receiver.
    if (this.#state === 'over') process.nextTick(() => this.#notifyEnd());
    else if (!this.#isPaused) this.#socket.resume();
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false;
    let length = 0;
    for (const part of parts) length += part.length;
    const header = Buffer.allocUnsafe(LENGTH_BYTES);
    header.writeUInt32BE(length);
    const socket = this.#socket;
    // Corked: all parts go to the kernel in one writev, without a copy here.
    socket.cork();
    socket.write(header);
    for (const part of parts) if (part.length > 0) socket.write(part);
    socket.uncork();
    return !this.#isFull;
  }

  async drained({ signal }: OperationOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#state !== 'open') throw closedError();
    if (!this.#isFull) return;
    this.#drain ??= deferred();
    const { promise } = this.#drain;
    await (signal === undefined ? promise : settleOrAbort(promise, signal));
  }

  setMaxMessageBytes(limit: number): void {
    this.#reader.maxMessageBytes = limit;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#state === 'open') this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    process.nextTick(() => this.#resumeReading());
  }

  close(): Promise<void> {
    this.#isClosedLocally = true;
    if (this.#state === 'open') {
      this.#beginClosing();
      // Read and discard the peer's data until its end: a socket destroyed with unread bytes sends
      // a reset, which can overtake our data (RFC 1122, section 4.2.2.13).
      this.#reader.deliverTo(undefined);
      this.#socket.end();
      this.#socket.resume();
      const timer = setTimeout(() => this.#socket.destroy(), FLUSH_MS);
      this.#socket.once('close', () => clearTimeout(timer));
    }
    return this.#gone;
  }

  abort(): void {
    this.#isClosedLocally = true;
    if (this.#state === 'open') this.#beginClosing();
    this.#cut();
  }

  /** Then the socket emits `drain`, too. */
  get #isFull(): boolean {
    return this.#socket.writableLength >= SEND_BUFFER_BYTES;
  }

  #isReading(): boolean {
    return this.#state === 'open' && !this.#isPaused && this.#turnBudget > 0;
  }

  #beginClosing(): void {
    this.#state = 'closing';
    this.#drain?.reject(closedError());
  }

  #onMessage(message: Uint8Array): void {
    this.#turnBudget -= MESSAGE_COST + message.length;
    if (this.#turnBudget <= 0) this.#yield();
    try {
      this.#receiver?.onMessage(message);
    } catch (cause) {
      this.#logger.error('A message handler failed; its connection is cut.', { error: cause });
      this.#finish(this.#broken('was cut because its message handler failed', cause));
    }
  }

  /** Continues reading in the next turn, after everything else that is due. */
  #yield(): void {
    this.#socket.pause();
    setImmediate(() => {
      this.#turnBudget = TURN_BYTES;
      this.#resumeReading();
    });
  }

  #onTooLarge(length: number): void {
    const limit = this.#reader.maxMessageBytes;
    this.#finish(
      new RoomkeyError(
        'RK_TRANSPORT_MESSAGE_TOO_LARGE',
        `${describeAddress(this.remote)} announced a message of ${length} bytes; ${limit} are allowed. The connection was cut. The sender may not be Roomkey.`,
      ),
    );
  }

  #endOnceDelivered(): void {
    if (!this.#hasPeerEnded || !this.#isReading()) return;
    const cutShort = this.#reader.isInsideMessage;
    this.#finish(cutShort ? this.#broken('ended in the middle of a message') : undefined);
  }

  #onSocketClosed(): void {
    if (this.#state === 'closing') this.#finish(undefined);
    else this.#finish(this.#broken('was cut', this.#socketError));
  }

  /** Ends it once, and notifies the receiver last. */
  #finish(reason: Error | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#endReason = reason;
    this.#drain?.reject(closedError());
    if (reason === undefined) this.#socket.destroy();
    else this.#cut();
    if (this.#receiver !== undefined) this.#notifyEnd();
  }

  #notifyEnd(): void {
    try {
      this.#receiver?.onEnd(this.#endReason);
    } catch (error) {
      this.#logger.error('An end handler of a connection failed.', { error });
    }
  }

  #resumeReading(): void {
    if (this.#receiver === undefined || !this.#isReading()) return;
    this.#reader.deliver();
    if (this.#isReading()) this.#socket.resume();
    this.#endOnceDelivered();
  }

  /** Resets the socket, so that the peer cannot mistake it for a regular end. */
  #cut(): void {
    // libuv refuses a reset after the end was sent.
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #broken(what: string, cause?: unknown): RoomkeyError {
    return new RoomkeyError(
      'RK_TRANSPORT_BROKEN',
      `The connection with ${describeAddress(this.remote)} ${what}. Check the network, and that the other side is still running.`,
      { cause },
    );
  }
}

function closedError(why = 'It was closed or has ended.'): RoomkeyError {
  return new RoomkeyError('RK_CLOSED', `The connection can no longer be used. ${why}`);
}
