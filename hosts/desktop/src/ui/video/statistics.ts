import type { VideoCodec } from '@roomkey/core/host';

/** Quality of playback: over the last two seconds, with totals since the start. */
export interface PlayerStatistics {
  /** Size of the last image, pixels; 0 before the first. */
  readonly width: number;
  readonly height: number;
  readonly codec: VideoCodec | undefined;
  /** Images shown per second. */
  readonly fps: number;
  /**
   * Time from capture to drawing, ms. It uses the sender's clock, so between two computers it
   * includes the difference of their clocks.
   */
  readonly ageMs: { readonly p50: number; readonly p95: number };
  readonly shown: number;
  /** Units not shown: superseded, or not decodable. */
  readonly dropped: number;
}

const WINDOW_MS = 2_000;

/** Counts shown and dropped units. */
export class ShownCounter {
  #shown = 0;
  #dropped = 0;
  #width = 0;
  #height = 0;
  #codec: VideoCodec | undefined;
  readonly #last: { at: number; age: number }[] = [];

  drop(): void {
    this.#dropped += 1;
  }

  /** @param at now, ms; @param age ms */
  show(at: number, age: number, width: number, height: number, codec: VideoCodec): void {
    this.#shown += 1;
    this.#width = width;
    this.#height = height;
    this.#codec = codec;
    this.#last.push({ at, age });
    this.#forget(at);
  }

  statistics(now: number): PlayerStatistics {
    this.#forget(now);
    const ages = this.#last.map(({ age }) => age).sort((a, b) => a - b);
    const at = (share: number): number => ages[Math.floor(ages.length * share)] ?? 0;
    return {
      width: this.#width,
      height: this.#height,
      codec: this.#codec,
      fps: ages.length / (WINDOW_MS / 1_000),
      ageMs: { p50: at(0.5), p95: at(0.95) },
      shown: this.#shown,
      dropped: this.#dropped,
    };
  }

  #forget(now: number): void {
    while (this.#last[0] !== undefined && now - this.#last[0].at >= WINDOW_MS) this.#last.shift();
  }
}
