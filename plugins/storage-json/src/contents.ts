import type { JsonObject, StoredDocument } from '@roomkey/core';

/** A document in memory: as text, so that each caller gets a copy of its own. */
export interface Entry {
  readonly id: string;
  readonly revision: number;
  /** Milliseconds since 1970; Infinity: never. */
  readonly expiresAt: number;
  /** The document's lines in the file. */
  readonly text: string;
}

/** What a collection's file says. */
export interface Contents {
  /** The highest revision ever given to a document here, removed ones included. */
  readonly revision: number;
  /** Ordered by id. */
  readonly entries: readonly Entry[];
}

/** A collection without a file. */
export const EMPTY: Contents = { revision: 0, entries: [] };

/** Looks an entry up, expired or not. */
export function findEntry(entries: readonly Entry[], id: string): Entry | undefined {
  const entry = entries[indexOf(entries, id)];
  return entry?.id === id ? entry : undefined;
}

/** Puts an entry in its place. @returns the one with its id that was there */
export function putEntry(entries: Entry[], entry: Entry): Entry | undefined {
  const last = entries.at(-1);
  if (last === undefined || last.id < entry.id) {
    entries.push(entry);
    return undefined;
  }
  const place = indexOf(entries, entry.id);
  const before = entries[place]?.id === entry.id ? entries[place] : undefined;
  entries.splice(place, before === undefined ? 0 : 1, entry);
  return before;
}

/** Takes an entry out. */
export function removeEntry(entries: Entry[], id: string): void {
  const place = indexOf(entries, id);
  if (entries[place]?.id === id) entries.splice(place, 1);
}

/** The document of an entry, as the caller's own. */
export function toDocument(entry: Entry): StoredDocument {
  return JSON.parse(entry.text) as StoredDocument;
}

/** The text of a value, for an entry: from then on the caller may change the value. */
export function valueText(value: JsonObject): string {
  // A line break inside a string is written as \n, so every one here is between lines.
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n      ');
}

/** An entry of its parts. @param value as `valueText` gives it */
export function createEntry(
  id: string,
  revision: number,
  value: string,
  expiresAt = Infinity,
): Entry {
  const expiry = expiresAt === Infinity ? '' : `      "expiresAt": ${expiresAt},\n`;
  const text = `    {\n      "id": "${id}",\n      "revision": ${revision},\n${expiry}      "value": ${value}\n    }`;
  return { id, revision, expiresAt, text };
}

/** Where the entry of this id is, or would be. */
function indexOf(entries: readonly Entry[], id: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.id ?? id) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
