import type { Levels } from '../messages/index.js';

/**
 * The newest levels of sound. They change ten times a second, so meters follow them on their own and
 * nothing else is rendered.
 */
export class LevelStore {
  readonly #listeners = new Set<(levels: Levels) => void>();
  #levels: Levels = { microphone: 0, speaker: 0 };

  set(levels: Levels): void {
    this.#levels = levels;
    for (const listener of this.#listeners) listener(levels);
  }

  /** Calls `listener` at once, and when they change. @returns a function that ends this */
  follow(listener: (levels: Levels) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#levels);
    return () => this.#listeners.delete(listener);
  }
}
