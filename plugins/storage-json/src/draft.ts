import {
  findEntry,
  putEntry,
  removeEntry,
  createEntry,
  type Contents,
  type Entry,
} from './contents.js';

/** The entry that readers may see: an expired one is gone. */
export function liveEntry(contents: Contents, id: string, now: number): Entry | undefined {
  const entry = findEntry(contents.entries, id);
  return entry !== undefined && entry.expiresAt > now ? entry : undefined;
}

/** A collection while it is being changed; does not modify the contents it was made from. */
export class Draft {
  readonly #before: Contents;
  readonly #now: number;
  #after: { revision: number; entries: Entry[] } | undefined;

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

  /** @param value as `valueText` gives it */
  put(id: string, value: string, expiresAt: number | undefined): Entry {
    const after = this.#change();
    // At least the time, so that no revision repeats after the file was removed, or restored from a
    // backup.
    after.revision = Math.max(after.revision + 1, this.#now);
    const entry = createEntry(id, after.revision, value, expiresAt);
    putEntry(after.entries, entry);
    return entry;
  }

  remove(id: string): void {
    removeEntry(this.#change().entries, id);
  }

  #change(): { revision: number; entries: Entry[] } {
    this.#after ??= {
      revision: this.#before.revision,
      entries: this.#before.entries.filter(({ expiresAt }) => expiresAt > this.#now),
    };
    return this.#after;
  }
}
