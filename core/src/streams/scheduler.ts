import { encodeAcknowledgement } from '../wire/acknowledgement.js';
import type { ControlMessage } from '../wire/control.js';
import { encodeControl } from '../wire/control.js';
import { RecordType, type RecordFields } from '../secure/records.js';
import type { IncomingStream } from './incoming-stream.js';
import { ACKNOWLEDGE_BYTES } from './limits.js';
import type { OutgoingStream } from './outgoing-stream.js';
import { SendWindow } from './send-window.js';
import { trafficClasses } from './traffic-class.js';

/** The number of control messages in the queue for a peer that does not read. */
const MAX_WAITING_CONTROL = 1_024;
/** The share of the window that files may use. */
const FILES_SHARE = 0.5;

/** One encrypted connection. */
export interface RecordChannel {
  /** Whether the transport takes more without buffering it. */
  readonly hasCapacity: boolean;
  send(fields: RecordFields, plaintext: readonly Uint8Array[]): void;
}

/** Two clocks, in milliseconds. */
export interface StreamClock {
  /** Monotonic. */
  readonly now: () => number;
  /** Since 1970, with fractions. */
  readonly wallTime: () => number;
}

/**
 * Decides what is sent next on one connection: control, then sound, messages, video and files, one
 * fragment at a time. Streams of one class take turns.
 *
 * The order applies only to this queue: what the kernel buffers is ahead of everything, so it gets no
 * more than the link holds (`SendWindow`).
 */
export class Scheduler {
  readonly #channel: RecordChannel;
  readonly #clock: StreamClock;
  readonly #window = new SendWindow();
  readonly #control: Uint8Array[] = [];
  readonly #unacknowledged = new Set<IncomingStream>();
  /** By priority; in each class, the stream whose turn is next comes first. */
  readonly #streams: OutgoingStream[][] = Object.values(trafficClasses).map(() => []);
  /** Data bytes received on this connection, and those of them that were acknowledged. */
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #arrivedAt = 0;
  #isPumping = false;
  #isFlushDue = false;
  #isClosed = false;

  constructor(channel: RecordChannel, clock: StreamClock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** The least recent round trip, ms; 0 before the first. */
  get roundTripMs(): number {
    return this.#window.roundTripMs;
  }

  add(stream: OutgoingStream): void {
    this.#classOf(stream).push(stream);
  }

  remove(stream: OutgoingStream): void {
    const streams = this.#classOf(stream);
    const at = streams.indexOf(stream);
    if (at >= 0) streams.splice(at, 1);
  }

  /** @throws RangeError if too many messages wait because the peer does not read */
  sendControl(message: ControlMessage): void {
    if (this.#control.length >= MAX_WAITING_CONTROL) {
      throw new RangeError('answers that are not read');
    }
    this.#control.push(encodeControl(message));
    this.pump();
  }

  /**
   * Counts a received fragment. An acknowledgement is sent once everything that came with it is read:
   * to acknowledge each of a million tiny units would take a million records.
   */
  addReceivedBytes(stream: IncomingStream, bytes: number): void {
    this.#receivedBytes += bytes;
    this.#arrivedAt = this.#clock.wallTime();
    if (this.#receivedBytes - this.#acknowledgedBytes >= ACKNOWLEDGE_BYTES) {
      this.acknowledge(stream);
    }
  }

  acknowledge(stream: IncomingStream): void {
    this.#unacknowledged.add(stream);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(() => {
      this.#isFlushDue = false;
      this.pump();
    });
  }

  /** @throws RangeError if the peer cannot have received that */
  onAcknowledgement(connectionBytes: number): void {
    this.#window.acknowledge(connectionBytes, this.#clock.now());
  }

  /** Sends what may be sent now. */
  pump(): void {
    // Events of a stream in `nextFragment` call this again.
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    try {
      while (this.#channel.hasCapacity && this.#sendNext());
    } finally {
      this.#isPumping = false;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#control.length = 0;
    this.#unacknowledged.clear();
    for (const streams of this.#streams) for (const stream of streams.splice(0)) stream.close();
  }

  #sendNext(): boolean {
    return this.#sendControl() || this.#sendAcknowledgement() || this.#sendData();
  }

  #sendControl(): boolean {
    const message = this.#control.shift();
    if (message === undefined) return false;
    this.#channel.send({ type: RecordType.control }, [message]);
    return true;
  }

  #sendAcknowledgement(): boolean {
    const [stream] = this.#unacknowledged;
    if (stream === undefined) return false;
    this.#unacknowledged.delete(stream);
    this.#acknowledgedBytes = this.#receivedBytes;
    const { id, received, consumed, limit } = stream;
    const acknowledgement = encodeAcknowledgement({
      received: received % 2 ** 32,
      consumed: consumed % 2 ** 32,
      limit,
      connectionBytes: this.#receivedBytes,
      arrivedAt: this.#arrivedAt,
    });
    this.#channel.send({ type: RecordType.acknowledgement, stream: id }, [acknowledgement]);
    return true;
  }

  #sendData(): boolean {
    const { limit, unacknowledged } = this.#window;
    for (const streams of this.#streams) {
      for (const stream of streams) {
        const share = stream.trafficClass === 'files' ? FILES_SHARE : 1;
        if (unacknowledged >= share * limit) continue;
        const fragment = stream.nextFragment();
        if (fragment === undefined) continue;
        const { parts, hasMore } = fragment;
        // Before it is sent: a stream that has ended is not in the list any more.
        this.#moveToEnd(streams, stream);
        this.#window.send(bytesOf(parts), this.#clock.now());
        this.#channel.send({ type: RecordType.data, stream: stream.id, hasMore }, parts);
        return true;
      }
    }
    return false;
  }

  #moveToEnd(streams: OutgoingStream[], stream: OutgoingStream): void {
    const at = streams.indexOf(stream);
    if (at >= 0) streams.push(...streams.splice(at, 1));
  }

  #classOf(stream: OutgoingStream): OutgoingStream[] {
    const streams = this.#streams[trafficClasses[stream.trafficClass].priority];
    if (streams === undefined) throw new Error('a traffic class without a priority');
    return streams;
  }
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
