import type { JsonObject } from '@roomkey/core';
import { toEntry, type Contents, type Entry } from './codec.js';

/** The entry that readers may see: an expired one is gone. */
export function liveEntry(contents: Contents, id: string, now: number): Entry | undefined {
  const entry = contents.entries.get(id);
  return entry !== undefined && entry.expiresAt > now ? entry : undefined;
}

/** A collection while it is being changed; what it was made of stays as it is. */
export class Draft {
  readonly #before: Contents;
  readonly #now: number;
  #after: { revision: number; entries: Map<string, Entry> } | undefined;

  /** @param now milliseconds since 1970 */
  constructor(before: Contents, now: number) {
    this.#before = before;
    this.#now = now;
  }

  /** What is to be written; `undefined` where nothing changed. */
  get result(): Contents | undefined {
    return this.#after;
  }

  get(id: string): Entry | undefined {
    return liveEntry(this.#after ?? this.#before, id, this.#now);
  }

  put(id: string, value: JsonObject, expiresAt: number | undefined): Entry {
    const after = this.#change();
    after.revision += 1;
    const entry = toEntry(id, after.revision, value, expiresAt);
    after.entries.set(id, entry);
    return entry;
  }

  remove(id: string): void {
    this.#change().entries.delete(id);
  }

  #change(): { revision: number; entries: Map<string, Entry> } {
    if (this.#after === undefined) {
      const { revision, entries } = this.#before;
      const live = [...entries].filter(([, { expiresAt }]) => expiresAt > this.#now);
      this.#after = { revision, entries: new Map(live) };
    }
    return this.#after;
  }
}
