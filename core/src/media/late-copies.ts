import type { OutgoingUnit } from '../streams/outgoing-stream.js';

/** An acknowledgement that is later than the least round trip by this is a stall, ms. */
const STALL_MS = 60;
/** How long units are copied after a stall showed, ms. */
const COPY_MS = 5_000;
/** The units that are kept for a stall that does not show yet: 200 ms of units of 10 ms. */
const KEPT_UNITS = 20;

/**
 * Decides which units of sound are also sent on the other connection. Where a stall shows, those that
 * it holds up, so that everything comes in order there; and then each, while stalls show and for five
 * seconds after. A loss on TCP holds back one connection for longer than sound can wait, and rarely
 * both at once.
 */
export class LateCopies {
  readonly #recent: OutgoingUnit[] = [];
  #until = -Infinity;

  /**
   * Call with each unit, after it was given to its stream.
   *
   * @param stream.lateMs `OutgoingStream.lateMs`
   * @param stream.pendingUnits `OutgoingStream.pendingUnits`
   * @param now ms of a monotonic clock
   * @returns the units to copy, oldest first
   */
  take(
    unit: OutgoingUnit,
    { lateMs, pendingUnits }: { readonly lateMs: number; readonly pendingUnits: number },
    now: number,
  ): readonly OutgoingUnit[] {
    const wasCopying = now < this.#until;
    this.#recent.push(unit);
    if (this.#recent.length > KEPT_UNITS) this.#recent.shift();
    if (lateMs > STALL_MS) this.#until = now + COPY_MS;
    if (wasCopying) return [unit];
    return now < this.#until ? this.#recent.slice(-Math.max(1, pendingUnits)) : [];
  }
}
