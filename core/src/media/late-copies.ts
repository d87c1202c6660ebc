/** An acknowledgement that is later than the least round trip by this is a stall, ms. */
const STALL_MS = 60;
/** How long units are copied after a stall showed, ms. */
const COPY_MS = 5_000;

/**
 * Decides when units of sound are also sent on the other connection: while stalls show, and for five
 * seconds after. A loss on TCP holds back one connection for longer than sound can wait, and rarely
 * both at once.
 */
export class LateCopies {
  #until = -Infinity;

  /**
   * Call with each unit.
   *
   * @param lateMs `OutgoingStream.lateMs`
   * @param now ms of a monotonic clock
   * @returns whether to copy it
   */
  isDue(lateMs: number, now: number): boolean {
    if (lateMs > STALL_MS) this.#until = now + COPY_MS;
    return now < this.#until;
  }
}
