import type { Acknowledgement } from '../wire/acknowledgement.js';
import { MAX_UNIT_BYTES } from '../wire/unit.js';
import { FRAGMENT_BYTES, UNCONSUMED_UNITS } from './limits.js';
import { trafficClasses, type DeliveryPolicy, type TrafficClass } from './traffic-class.js';
import type { EndReason, RefuseReason } from '../wire/control.js';

/** The limit of sound in flight, ms, for a round trip of up to half of it. */
const TIMED_LIMIT_MS = 200;
/** The number of bytes in the queue of an `ordered` stream from which its writer has to wait. */
const QUEUE_BYTES = 256 * 1024;
/** The largest queue of an `ordered` stream whose writer does not wait, bytes. */
const MAX_QUEUE_BYTES = 4 * 1024 * 1024;
/** The longest header of a unit that can be large, bytes. */
const MAX_HEADER_BYTES = 20;
/** Units of video that may be sent and not consumed: with one, the link idles for a round trip. */
const VIDEO_WINDOW = { least: 2, most: UNCONSUMED_UNITS };
/** The number of received units that the sink of the peer may hold: a slow sink gets no more. */
const SINK_UNITS = 2;

/** A unit to send. */
export interface OutgoingUnit {
  /** Creates the header of the unit with its number. */
  readonly header: (number: number) => Uint8Array;
  /** Must not change until the unit was sent; while it waits, only as a whole: see `visitWaiting`. */
  readonly data: Uint8Array;
}

/** The events of a stream. Called synchronously. */
export interface OutgoingStreamHandlers {
  /** The peer accepted the stream or gave credit: `capacity` is above 0. */
  onReady(): void;
  /** The peer refused the stream, at its opening or later; nothing can be sent. */
  onRefused(reason: RefuseReason): void;
  /** The peer cannot decode anything before the next key unit. */
  onKeyFrameNeeded?(): void;
  /** Whether the peer shows the stream. */
  onView?(visible: boolean): void;
}

/** What a stream needs from its mux. */
export interface OutgoingStreamCarrier {
  /** There is something to send. */
  schedule(): void;
  /** The least round trip of its connection, ms. */
  readonly roundTripMs: number;
  readonly now: () => number;
  /** Tells the peer that the stream has ended. */
  end(reason: EndReason): void;
}

/** Counts since the stream began. */
export interface OutgoingCounts {
  readonly sent: number;
  /** Accepted by `send`, and dropped before any of it went out. */
  readonly dropped: number;
  /** Of units that were sent, without headers. */
  readonly bytes: number;
}

interface WaitingUnit {
  readonly unit: OutgoingUnit;
  readonly since: number;
}

/** A fragment as it goes into a record. */
export interface Fragment {
  readonly parts: readonly Uint8Array[];
  readonly hasMore: boolean;
}

/** A unit of which a part was sent. */
interface StartedUnit {
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  /** The number of bytes of header and data that were sent. */
  at: number;
}

/** A sequence of units of one protocol to the peer. */
export class OutgoingStream {
  readonly id: number;
  readonly trafficClass: TrafficClass;
  readonly #policy: DeliveryPolicy;
  readonly #intervalMs: number;
  readonly #handlers: OutgoingStreamHandlers;
  readonly #carrier: OutgoingStreamCarrier;
  readonly #waiting: WaitingUnit[] = [];
  #waitingBytes = 0;
  #current: StartedUnit | undefined;
  /** The number of units of which a part was sent. */
  #startedUnits = 0;
  #startedBytes = 0;
  /** Of a `timed` stream: when each unit in flight was started, by the clock of the carrier. */
  readonly #startedAt: number[] = [];
  /** From the last acknowledgement. */
  #received = 0;
  #consumed = 0;
  #limit = 0;
  #isAccepted = false;
  #isOver = false;
  /** The reason of the end, once everything is sent. */
  #endReason: EndReason | undefined;
  #dropped = 0;
  #bytes = 0;

  /**
   * @param options.intervalMs the time between two units of live media, ms: limits the units in flight
   */
  constructor(options: {
    readonly id: number;
    readonly trafficClass: TrafficClass;
    readonly intervalMs: number;
    readonly handlers: OutgoingStreamHandlers;
    readonly carrier: OutgoingStreamCarrier;
  }) {
    this.id = options.id;
    this.trafficClass = options.trafficClass;
    this.#policy = trafficClasses[options.trafficClass].policy;
    this.#intervalMs = options.intervalMs;
    this.#handlers = options.handlers;
    this.#carrier = options.carrier;
  }

  /** The number of units that `send` can send now without waiting for the peer. */
  get capacity(): number {
    if (!this.#isAccepted || this.#isOver) return 0;
    switch (this.#policy) {
      case 'latest':
        return Math.max(0, this.#unitsToStart - this.#waiting.length);
      case 'timed':
        return Infinity;
      case 'ordered':
        return this.#waitingBytes < QUEUE_BYTES ? 1 : 0;
    }
  }

  /**
   * By how much the acknowledgement of its oldest unit in flight is later than the least round trip,
   * ms; 0 where none is late. Only of a `timed` stream.
   */
  get lateMs(): number {
    const [oldest] = this.#startedAt;
    if (oldest === undefined) return 0;
    return Math.max(0, this.#carrier.now() - oldest - this.#carrier.roundTripMs);
  }

  /** The number of units that wait or are not known to be received. */
  get pendingUnits(): number {
    return this.#unitsInFlight + this.#waiting.length;
  }

  get counts(): OutgoingCounts {
    return { sent: this.#startedUnits, dropped: this.#dropped, bytes: this.#bytes };
  }

  /**
   * Sends a unit, at once or in its turn.
   *
   * @returns false if another unit was dropped for it, or if the stream has ended
   * @throws RangeError for a unit of more than 1 MiB with its header, or if an ordered stream has 4 MiB
   * in its queue
   */
  send(unit: OutgoingUnit): boolean {
    if (this.#isOver) return false;
    const length = unit.data.length;
    if (length > MAX_UNIT_BYTES - MAX_HEADER_BYTES)
      throw new RangeError(`A unit of ${length} bytes is too large.`);
    if (this.#policy === 'ordered' && this.#waitingBytes + length > MAX_QUEUE_BYTES) {
      throw new RangeError('The writer of a stream has to wait until it is ready.');
    }
    const hasDropped = this.#policy === 'latest' && this.#waiting.length > 0;
    if (hasDropped) this.#drop();
    // Also before the peer accepts it, and while it reads nothing.
    if (this.#policy === 'timed') this.#dropOld();
    this.#waiting.push({ unit, since: this.#carrier.now() });
    this.#waitingBytes += length;
    this.#carrier.schedule();
    return !hasDropped;
  }

  /** Visits the units of a `timed` stream of which nothing was sent; they may be changed. */
  visitWaiting(visit: (unit: OutgoingUnit) => void): void {
    for (const { unit } of this.#waiting) visit(unit);
  }

  /**
   * Ends the stream. An `ordered` one first sends its queue; live media end at once, even within a
   * unit: on a slow link the rest would delay the stream that replaces them.
   */
  end(reason: EndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endReason = reason;
    if (this.#policy !== 'ordered') {
      while (this.#waiting.length > 0) this.#drop();
      this.#current = undefined;
    }
    this.#endOnceSent();
  }

  /** The connection is gone: no more events. */
  close(): void {
    this.#isOver = true;
    this.#current = undefined;
    this.#waiting.length = 0;
  }

  /** The next fragment to send; undefined if there is none, or if it may not be sent yet. */
  nextFragment(): Fragment | undefined {
    const unit = this.#current ?? this.#startNext();
    if (unit === undefined) return undefined;
    const parts = fragmentOf(unit);
    const hasMore = unit.at < unit.header.length + unit.data.length;
    if (!hasMore) {
      this.#current = undefined;
      this.#endOnceSent();
    }
    return { parts, hasMore };
  }

  /** The peer accepts the stream. @throws RangeError if it did before */
  accept(limit: number): void {
    if (this.#isAccepted) throw new RangeError('a stream was accepted twice');
    this.#isAccepted = true;
    this.#limit = limit;
    this.#notifyReady();
  }

  /** The peer refuses the stream, at its opening or later. */
  refuse(reason: RefuseReason): void {
    if (this.#isOver) return;
    this.close();
    this.#handlers.onRefused(reason);
  }

  /** @throws RangeError if a count is impossible or fell */
  acknowledge({ received, consumed, limit }: Acknowledgement): void {
    const whole = this.#current === undefined ? this.#startedUnits : this.#startedUnits - 1;
    const newlyReceived = difference(received, this.#received);
    const newlyConsumed = difference(consumed, this.#consumed);
    if (
      this.#received + newlyReceived > whole ||
      this.#consumed + newlyConsumed > this.#received + newlyReceived ||
      limit < this.#limit
    ) {
      throw new RangeError('an acknowledgement of units that were not sent');
    }
    this.#received += newlyReceived;
    this.#startedAt.splice(0, newlyReceived);
    this.#consumed += newlyConsumed;
    this.#limit = limit;
    this.#notifyReady();
  }

  requestKeyFrame(): void {
    if (!this.#isOver) this.#handlers.onKeyFrameNeeded?.();
  }

  view(visible: boolean): void {
    if (!this.#isOver) this.#handlers.onView?.(visible);
  }

  #endOnceSent(): void {
    if (this.#endReason === undefined || this.#current !== undefined) return;
    if (this.#waiting.length === 0) this.#carrier.end(this.#endReason);
  }

  #notifyReady(): void {
    this.#carrier.schedule();
    if (this.capacity > 0) this.#handlers.onReady();
  }

  #startNext(): StartedUnit | undefined {
    if (!this.#isAccepted) return undefined;
    if (this.#policy === 'timed') this.#dropOld();
    const next = this.#waiting[0]?.unit;
    if (next === undefined || !this.#isAllowed(next)) return undefined;
    this.#waiting.shift();
    this.#waitingBytes -= next.data.length;
    const header = next.header(this.#startedUnits % 2 ** 32);
    this.#startedUnits += 1;
    if (this.#policy === 'timed') this.#startedAt.push(this.#carrier.now());
    this.#startedBytes += header.length + next.data.length;
    this.#bytes += next.data.length;
    this.#current = { header, data: next.data, at: 0 };
    return this.#current;
  }

  #isAllowed({ data }: OutgoingUnit): boolean {
    switch (this.#policy) {
      case 'latest':
        return this.#unitsToStart > 0;
      case 'timed':
        return this.#unitsInFlight * this.#intervalMs < this.#timedLimitMs;
      case 'ordered':
        return this.#startedBytes + data.length + MAX_HEADER_BYTES <= this.#limit;
    }
  }

  /** Started units that are not known to be received completely. */
  get #unitsInFlight(): number {
    return this.#startedUnits - this.#received;
  }

  /** The number of video units that may start, as the link and the sink of the peer allow. */
  get #unitsToStart(): number {
    if (this.#received - this.#consumed >= SINK_UNITS) return 0;
    return Math.min(
      this.#limit - this.#startedUnits,
      this.#videoWindow - (this.#startedUnits - this.#consumed),
    );
  }

  get #videoWindow(): number {
    const inFlight = 1 + Math.ceil(this.#carrier.roundTripMs / this.#intervalMs);
    return Math.min(VIDEO_WINDOW.most, Math.max(VIDEO_WINDOW.least, inFlight));
  }

  get #timedLimitMs(): number {
    return Math.max(TIMED_LIMIT_MS, 2 * this.#carrier.roundTripMs);
  }

  #dropOld(): void {
    const oldest = this.#carrier.now() - this.#timedLimitMs;
    while (this.#waiting[0] !== undefined && this.#waiting[0].since < oldest) this.#drop();
  }

  #drop(): void {
    const dropped = this.#waiting.shift();
    this.#waitingBytes -= dropped?.unit.data.length ?? 0;
    this.#dropped += 1;
  }
}

/** By how much a count modulo 2³² grew. */
function difference(now: number, before: number): number {
  return (now - (before % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/** The next fragment of a unit; advances `unit.at`. Copies nothing. */
function fragmentOf(unit: StartedUnit): Uint8Array[] {
  const { header, data, at } = unit;
  const end = Math.min(at + FRAGMENT_BYTES, header.length + data.length);
  unit.at = end;
  const body = data.subarray(Math.max(0, at - header.length), end - header.length);
  // A header is shorter than a fragment, so it is whole in the first one.
  return at === 0 ? [header, body] : [body];
}
