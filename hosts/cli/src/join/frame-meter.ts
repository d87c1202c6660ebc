/** The figures of a meter. */
export interface FrameReport {
  /** The number of frames received. */
  readonly received: number;
  /** Frames per second between the first and the last; 0 with fewer than two. */
  readonly fps: number;
  /** Age at arrival, ms: from capture on the other side's clock to arrival on ours. */
  readonly ageMs: { readonly p50: number; readonly p99: number };
}

/** The percentiles are those of this many newest ages: a minute at 30 fps. */
const KEPT_AGES = 1_800;

/** Counts the other side's frames and measures their ages. */
export class FrameMeter {
  readonly #ages: number[] = [];
  #received = 0;
  #first = 0;
  #last = 0;

  /**
   * @param capturedAt milliseconds since 1970
   * @param now milliseconds since 1970
   */
  count(capturedAt: number, now: number): void {
    if (this.#received === 0) this.#first = now;
    this.#last = now;
    this.#ages[this.#received % KEPT_AGES] = now - capturedAt;
    this.#received += 1;
  }

  /** The number of frames received. Cheap, unlike `report`: callers read it with every frame. */
  get received(): number {
    return this.#received;
  }

  report(): FrameReport {
    const seconds = (this.#last - this.#first) / 1000;
    const sorted = this.#ages.toSorted((a, b) => a - b);
    return {
      received: this.#received,
      fps: seconds > 0 ? round((this.#received - 1) / seconds) : 0,
      ageMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) },
    };
  }
}

/** The frames since the last report, for a line of figures every second. */
export class RecentFrames {
  #meter = new FrameMeter();
  #since: number;

  /** @param now milliseconds of the same clock as `count` */
  constructor(now: number) {
    this.#since = now;
  }

  /** As `FrameMeter.count`. */
  count(capturedAt: number, now: number): void {
    this.#meter.count(capturedAt, now);
  }

  /** The rate and the ages of the frames since the last call; 0 if there were none. */
  reportAndReset(now: number): Pick<FrameReport, 'fps' | 'ageMs'> {
    const { received, ageMs } = this.#meter.report();
    const seconds = (now - this.#since) / 1000;
    this.#meter = new FrameMeter();
    this.#since = now;
    return { fps: seconds > 0 ? round(received / seconds) : 0, ageMs };
  }
}

/** Nearest-rank percentile of ascending numbers; 0 for none. */
function percentile(sorted: readonly number[], rank: number): number {
  return round(sorted[Math.max(0, Math.ceil(sorted.length * rank) - 1)] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
