import { WindowedExtreme } from './windowed-extreme.js';

/** The window before the connection is measured, bytes. */
const LEAST_WINDOW_BYTES = 64 * 1024;
/** The ratio of bytes in flight to what the link is known to hold: the rest finds out if it holds more. */
const GAIN = 1.5;
/** How long the least round trip counts, ms: routes change. */
const ROUND_TRIP_WINDOW_MS = 10_000;
/** How long the greatest rate counts, ms. */
const RATE_WINDOW_MS = 2_000;

interface Sent {
  /** The number of bytes sent up to the end of this fragment. */
  readonly end: number;
  readonly at: number;
  /** The number of acknowledged bytes when it was sent, and when they were acknowledged. */
  readonly acknowledged: number;
  readonly acknowledgedAt: number;
}

/**
 * Limits the bytes in flight on a connection to 1.5 times what the link holds. The kernel would buffer
 * more, and what it buffers is ahead of anything urgent.
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

  /** The number of bytes sent and not acknowledged. */
  get unacknowledged(): number {
    return this.#sent - this.#acknowledged;
  }

  /** The number of bytes that may be unacknowledged. */
  get limit(): number {
    const rate = this.#rate.value ?? 0;
    const roundTrip = this.#roundTrip.value ?? 0;
    return Math.max(LEAST_WINDOW_BYTES, GAIN * rate * roundTrip);
  }

  /** The least round trip of the last ten seconds, ms; 0 before the first. */
  get roundTripMs(): number {
    return this.#roundTrip.value ?? 0;
  }

  /** @param now milliseconds of a monotonic clock */
  send(bytes: number, now: number): void {
    // The rate is not measured across a pause.
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
   * @param total the number of data bytes that the peer received on this connection
   * @throws RangeError if it is more than was sent, or fell
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
