import { WindowedExtreme } from './windowed-extreme.js';

/** What may be unacknowledged before anything is known of the connection, bytes. */
const LEAST_WINDOW_BYTES = 64 * 1024;
/** How much more than the link holds may be on the way: room to find out that it holds more. */
const GAIN = 1.5;
/** For how long the least round trip counts, ms: routes change, clocks of queues empty. */
const ROUND_TRIP_WINDOW_MS = 10_000;
/** For how long the greatest rate counts, ms. */
const RATE_WINDOW_MS = 2_000;

interface Sent {
  /** All bytes that were sent up to and with this fragment. */
  readonly end: number;
  readonly at: number;
  /** What was acknowledged when it was sent, and when that had come. */
  readonly acknowledged: number;
  readonly acknowledgedAt: number;
}

/**
 * How much may be on the way on a connection: what the link holds, and half as much again. The
 * kernel takes more than that at once, and what lies there is ahead of anything that is urgent.
 *
 * Rate and round trip are measured as in BBR (draft-ietf-ccwg-bbr, Delivery Rate Samples): by the
 * bytes acknowledged between the sending of a fragment and its acknowledgement.
 */
export class SendWindow {
  readonly #inFlight: Sent[] = [];
  readonly #roundTrip = new WindowedExtreme(Math.min, ROUND_TRIP_WINDOW_MS);
  readonly #rate = new WindowedExtreme(Math.max, RATE_WINDOW_MS);
  #sent = 0;
  #acknowledged = 0;
  #acknowledgedAt = 0;

  /** Bytes that were sent and not acknowledged. */
  get unacknowledged(): number {
    return this.#sent - this.#acknowledged;
  }

  /** Bytes that may be unacknowledged. */
  get limit(): number {
    const rate = this.#rate.value ?? 0;
    const roundTrip = this.#roundTrip.value ?? 0;
    return Math.max(LEAST_WINDOW_BYTES, GAIN * rate * roundTrip);
  }

  /** The least round trip of the last ten seconds, ms; 0 before the first. */
  get roundTripMs(): number {
    return this.#roundTrip.value ?? 0;
  }

  /** @param now milliseconds of a clock that never goes back */
  send(bytes: number, now: number): void {
    // After a pause the rate is measured from here, not over the pause.
    if (this.#inFlight.length === 0) this.#acknowledgedAt = now;
    this.#sent += bytes;
    this.#inFlight.push({
      end: this.#sent,
      at: now,
      acknowledged: this.#acknowledged,
      acknowledgedAt: this.#acknowledgedAt,
    });
  }

  /**
   * @param total all bytes of data that the peer received on this connection
   * @throws RangeError where that is more than was sent, or less than it said before
   */
  acknowledge(total: number, now: number): void {
    if (total > this.#sent || total < this.#acknowledged) {
      throw new RangeError('an acknowledgement of bytes that were not sent');
    }
    if (total === this.#acknowledged) return;
    this.#acknowledged = total;
    this.#acknowledgedAt = now;
    const done = this.#inFlight.findIndex(({ end }) => end > total);
    const newly = this.#inFlight.splice(0, done < 0 ? this.#inFlight.length : done);
    const newest = newly.at(-1);
    if (newest === undefined) return;
    this.#roundTrip.add(now - newest.at, now);
    const elapsed = now - newest.acknowledgedAt;
    if (elapsed > 0) this.#rate.add((total - newest.acknowledged) / elapsed, now);
  }
}
