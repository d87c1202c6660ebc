/** How far the clock of a sound card may differ from ours: 500 of a million, three times the worst seen. */
export const MAX_DRIFT = 0.0005;
/** How much of a step may be taken back where the estimate was too late. */
const MAX_CORRECTION = 0.01;
/** Sound that comes so much later has a gap before it, ms. */
const GAP_MS = 200;

/**
 * Tells when sound was captured that arrives in pieces: the card takes samples at a steady pace, and a
 * piece is never early. So the time follows the earliest pieces, and drifts no faster than a card.
 */
export class ArrivalClock {
  #next: number | undefined;

  /**
   * @param latest when the unit's first sample was captured at the latest: its arrival, less the sound
   * that arrived behind it
   * @returns when its first sample was captured
   */
  next(latest: number, unitMs: number): number {
    const expected = this.#next;
    const isGap = expected === undefined || latest > expected + GAP_MS;
    const capturedAt = isGap
      ? latest
      : Math.max(
          expected - unitMs * MAX_CORRECTION,
          Math.min(latest, expected + unitMs * MAX_DRIFT),
        );
    this.#next = capturedAt + unitMs;
    return capturedAt;
  }
}
