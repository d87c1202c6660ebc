import type { EndReason, StreamOpen } from '../wire/control.js';
import { MAX_UNIT_BYTES, unitNumber } from '../wire/unit.js';
import { FRAGMENT_BYTES, UNCONSUMED_BYTES, UNCONSUMED_UNITS } from './limits.js';
import type { DeliveryPolicy } from './traffic-class.js';

/** Receives the units of a stream. Called synchronously. */
export interface IncomingStreamSink {
  /**
   * Receives a complete unit with its header; the sink owns the memory. It calls
   * `IncomingStream.consume` when the unit was drawn, played, written, or skipped on purpose: the
   * sender waits for it.
   *
   * @throws RangeError if the unit is malformed; the call ends
   */
  onUnit(unit: Uint8Array): void;
  /** The sender ended the stream, or the connection is gone. */
  onEnd(reason: EndReason): void;
}

/** What a stream needs from its mux. */
export interface IncomingStreamCarrier {
  /** An acknowledgement is due. */
  acknowledge(): void;
  /** Counts bytes of unfinished units of all streams. @throws RangeError if there are too many */
  addUnfinishedBytes(bytes: number): void;
  requestKeyFrame(): void;
  view(visible: boolean): void;
  /** Tells the peer to end the stream. */
  refuse(): void;
}

/** A sequence of units of one protocol from the peer. */
export class IncomingStream {
  readonly id: number;
  readonly open: StreamOpen;
  readonly #policy: DeliveryPolicy;
  readonly #sink: IncomingStreamSink;
  readonly #carrier: IncomingStreamCarrier;
  #fragments: Uint8Array[] = [];
  #unfinishedBytes = 0;
  #received = 0;
  #receivedBytes = 0;
  /** The sizes of the units that the sink has not consumed, oldest first. */
  readonly #unconsumed: number[] = [];
  #unconsumedBytes = 0;
  #isOver = false;

  constructor(options: {
    readonly open: StreamOpen;
    readonly policy: DeliveryPolicy;
    /** Creates the receiver of the units. */
    readonly sink: (stream: IncomingStream) => IncomingStreamSink;
    readonly carrier: IncomingStreamCarrier;
  }) {
    this.id = options.open.stream;
    this.open = options.open;
    this.#policy = options.policy;
    this.#carrier = options.carrier;
    this.#sink = options.sink(this);
  }

  /** Complete units received. */
  get received(): number {
    return this.#received;
  }

  /** Units that the sink has consumed. */
  get consumed(): number {
    return this.#received - this.#unconsumed.length;
  }

  /** `limit` of an acknowledgement. */
  get limit(): number {
    switch (this.#policy) {
      case 'latest':
        return this.consumed + UNCONSUMED_UNITS;
      case 'ordered':
        return this.#receivedBytes - this.#unconsumedBytes + UNCONSUMED_BYTES;
      case 'timed':
        // Its sender ignores the limit.
        return this.#received;
    }
  }

  /** @throws RangeError if the fragment breaks the protocol */
  receive(fragment: Uint8Array, hasMore: boolean): void {
    if (this.#isOver) return;
    if (hasMore ? fragment.length !== FRAGMENT_BYTES : fragment.length === 0) {
      throw new RangeError('a fragment of another size than it has to have');
    }
    if (fragment.length > FRAGMENT_BYTES) throw new RangeError('a fragment that is too long');
    this.#requireCredit(this.#unfinishedBytes + fragment.length);
    if (hasMore) {
      this.#carrier.addUnfinishedBytes(fragment.length);
      this.#fragments.push(fragment);
      this.#unfinishedBytes += fragment.length;
      return;
    }
    this.#carrier.addUnfinishedBytes(-this.#unfinishedBytes);
    const unit = this.#join(fragment);
    if (unitNumber(unit) !== this.#received % 2 ** 32) {
      throw new RangeError('a unit whose number is not the next one');
    }
    this.#received += 1;
    this.#receivedBytes += unit.length;
    this.#unconsumed.push(unit.length);
    this.#unconsumedBytes += unit.length;
    this.#sink.onUnit(unit);
    this.#carrier.acknowledge();
  }

  /** The sink has consumed its oldest unit. */
  consume(): void {
    const bytes = this.#unconsumed.shift();
    if (bytes === undefined) return;
    this.#unconsumedBytes -= bytes;
    if (!this.#isOver) this.#carrier.acknowledge();
  }

  /** Nothing can be decoded before the next key unit. */
  requestKeyFrame(): void {
    if (!this.#isOver) this.#carrier.requestKeyFrame();
  }

  /** Tells the sender whether the stream is shown. */
  setVisible(visible: boolean): void {
    if (!this.#isOver) this.#carrier.view(visible);
  }

  /** Refuses the rest of the stream. Idempotent. */
  refuse(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#carrier.refuse();
  }

  /** The sender ended the stream, or the connection is gone. */
  end(reason: EndReason): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sink.onEnd(reason);
  }

  #finish(): void {
    this.#isOver = true;
    this.#carrier.addUnfinishedBytes(-this.#unfinishedBytes);
    this.#unfinishedBytes = 0;
    this.#fragments = [];
  }

  /** @param unitBytes the received bytes of the current unit */
  #requireCredit(unitBytes: number): void {
    if (unitBytes > MAX_UNIT_BYTES) throw new RangeError('a unit that is too long');
    const isCovered =
      this.#policy === 'timed' ||
      (this.#policy === 'latest'
        ? this.#received < this.limit
        : this.#receivedBytes + unitBytes <= this.limit);
    if (!isCovered) throw new RangeError('a unit for which there was no credit');
  }

  /** A unit of one fragment is not copied. */
  #join(last: Uint8Array): Uint8Array {
    if (this.#fragments.length === 0) return last;
    const unit = new Uint8Array(this.#unfinishedBytes + last.length);
    let at = 0;
    for (const fragment of [...this.#fragments, last]) {
      unit.set(fragment, at);
      at += fragment.length;
    }
    this.#fragments = [];
    this.#unfinishedBytes = 0;
    return unit;
  }
}
