import { isDeepStrictEqual } from 'node:util';
import type { Levels } from '../messages/index.js';

/** How often levels are read, ms: a meter that is seen to follow the voice. */
const INTERVAL_MS = 100;
const silence: Levels = { microphone: 0, speaker: 0 };

/** Reads the levels as they are now. */
export type LevelSource = () => Levels;

/** Reports levels for a meter while they change. */
export class LevelMeter {
  readonly #onLevels: (levels: Levels) => void;
  #timer: NodeJS.Timeout | undefined;
  #last = silence;

  constructor(onLevels: (levels: Levels) => void) {
    this.#onLevels = onLevels;
  }

  start(source: LevelSource): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#report(source()), INTERVAL_MS);
  }

  /** Reports silence at the end. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#report(silence);
  }

  #report({ microphone, speaker }: Levels): void {
    const levels = { microphone: rounded(microphone), speaker: rounded(speaker) };
    if (isDeepStrictEqual(levels, this.#last)) return;
    this.#last = levels;
    this.#onLevels(levels);
  }
}

function rounded(level: number): number {
  return Math.round(level * 1_000) / 1_000;
}
