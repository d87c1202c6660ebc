import type {
  Connection,
  MessageReceiver,
  OperationOptions,
  TransportAddress,
} from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { deferred, settleOrAbort, type Deferred } from '../util/deferred.js';

const SEND_BUFFER_BYTES = 256 * 1_024;
const FIRST_MAX_MESSAGE_BYTES = 1_024;
const FLUSH_MS = 1_000;
/** Delivery limits per turn of the event loop. */
const TURN = { messages: 256, bytes: 256 * 1_024 };

/** A message in transit. */
interface Sent {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

/**
 * One end of a connection. Sent messages stay in the sender's `#wire` until the other end takes
 * them.
 */
export class MemoryConnection implements Connection {
  readonly remote: TransportAddress;
  readonly #isHeld: () => boolean;
  readonly #gone: Promise<void>;
  #drain: Deferred<void> | undefined;
  #resolveGone!: () => void;
  #peer!: MemoryConnection;
  #forget!: () => void;
  #wire: Sent[] = [];
  #wireBytes = 0;
  #isFull = false;
  #state: 'open' | 'closing' | 'over' = 'open';
  #isClosedLocally = false;
  #isPaused = false;
  #isScheduled = false;
  /** How many bytes of the first message on the wire have arrived. */
  #arrived = 0;
  #bytesReceived = 0;
  #limit = FIRST_MAX_MESSAGE_BYTES;
  #receiver: MessageReceiver | undefined;
  #endReason: Error | undefined;

  constructor(remote: TransportAddress, isHeld: () => boolean) {
    this.remote = remote;
    this.#isHeld = isHeld;
    this.#gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  connectTo(peer: MemoryConnection, forget: () => void): void {
    this.#peer = peer;
    this.#forget = forget;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  receive(receiver: MessageReceiver): void {
    if (this.#receiver !== undefined || this.#isClosedLocally) throw closedError();
    this.#receiver = receiver;
    if (this.isOver) setImmediate(() => this.#notifyEnd());
    else this.schedule();
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false;
    // The parts are not copied, so that a premature write to them shows.
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#wire.push({ parts, length });
    this.#wireBytes += length;
    if (this.#wireBytes >= SEND_BUFFER_BYTES) this.#isFull = true;
    this.#peer.schedule();
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
    this.#limit = limit;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.schedule();
  }

  close(): Promise<void> {
    this.#isClosedLocally = true;
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#drain?.reject(closedError());
      const timer = setTimeout(() => this.#cut(this.#wire.length > 0), FLUSH_MS);
      void this.#gone.then(() => clearTimeout(timer));
      this.#peer.schedule();
    }
    return this.#gone;
  }

  abort(): void {
    this.#isClosedLocally = true;
    if (this.#state === 'over') return;
    this.#state = 'closing';
    setImmediate(() => this.#cut(true));
  }

  /** Schedules the delivery of waiting messages. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#receiveSent();
    });
  }

  /** Ends it once, and notifies the receiver last. */
  end(reason?: Error): void {
    if (this.isOver) return;
    this.#endReason = this.#state === 'closing' ? undefined : reason;
    this.#state = 'over';
    this.#wire = [];
    this.#drain?.reject(closedError());
    if (this.#receiver !== undefined) this.#notifyEnd();
    this.#resolveGone();
    this.#forget();
  }

  #cut(isLossy: boolean): void {
    this.#peer.end(isLossy ? broken('was cut by the other side') : undefined);
    this.end();
  }

  #receiveSent(): void {
    if (this.#isHeld()) return;
    const peer = this.#peer;
    if (this.#state === 'closing') {
      peer.#wire = [];
    } else if (this.#receiver === undefined) {
      return;
    }
    let { messages, bytes } = TURN;
    while (this.#state === 'open' && !this.#isPaused) {
      const [sent] = peer.#wire;
      if (sent === undefined) break;
      if (sent.length <= this.#limit) {
        const came = Math.min(bytes, sent.length - this.#arrived);
        bytes -= came;
        this.#arrived += came;
        this.#bytesReceived += came;
        if (messages === 0 || this.#arrived < sent.length) {
          this.schedule();
          return;
        }
      }
      messages -= 1;
      this.#arrived = 0;
      peer.#wire.shift();
      peer.#wireBytes -= sent.length;
      this.#deliver(sent);
    }
    if (peer.#wire.length > 0) return;
    peer.#onReceived();
    if (peer.#state === 'closing' && !this.#isPaused) {
      this.end();
      peer.end();
    }
  }

  #deliver({ parts, length }: Sent): void {
    if (length > this.#limit) {
      this.#bytesReceived += 1; // at least its length arrived
      const code = 'RK_TRANSPORT_MESSAGE_TOO_LARGE';
      const message = `A message of ${length} bytes arrived; ${this.#limit} are allowed.`;
      this.#peer.end(broken('was cut by the other side'));
      this.end(new RoomkeyError(code, message));
      return;
    }
    const lent = new Uint8Array(Buffer.concat(parts, length));
    try {
      this.#receiver?.onMessage(lent);
    } catch (cause) {
      this.#peer.end(broken('was cut by the other side'));
      this.end(broken('was cut because its message handler failed', cause));
    } finally {
      lent.fill(0xdd);
    }
  }

  #onReceived(): void {
    this.#wireBytes = 0;
    this.#isFull = false;
    this.#drain?.resolve();
    this.#drain = undefined;
  }

  #notifyEnd(): void {
    try {
      this.#receiver?.onEnd(this.#endReason);
    } catch {
      // A receiver that fails here affects no one else.
    }
  }
}

/** The end reason of a broken connection. */
export function broken(what: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError('RK_TRANSPORT_BROKEN', `The connection ${what}.`, { cause });
}

function closedError(): RoomkeyError {
  return new RoomkeyError('RK_CLOSED', 'The connection was closed or has ended.');
}
