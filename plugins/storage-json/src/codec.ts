import { isStorageId, type JsonObject, type StoredDocument } from '@roomkey/core';
import { z } from 'zod';
import type { Breather } from './breather.js';
import { jsonLine } from './json-line.js';

/** A document as it is kept in memory: its text is parsed for whoever asks, who may then change it. */
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
  /** The highest revision ever given to a document here, also to those that are gone. */
  readonly revision: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A collection without a file. */
export const EMPTY: Contents = { revision: 0, entries: new Map() };

/** What is wrong with a file, and in which line, from 1. */
export class Damage extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

const documentSchema = z.strictObject({
  id: z.string().refine(isStorageId, 'not allowed as an id'),
  revision: z.int().positive(),
  expiresAt: z.number().optional(),
  // Not z.record, which leaves a key `__proto__` out.
  value: z.custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'not an object',
  ),
});
const fileSchema = z.strictObject({
  revision: z.int().nonnegative(),
  documents: z.array(documentSchema),
});

const HEAD = /^\{\n {2}"revision": (\d{1,15}),\n {2}"documents": \[\n/;
const TAIL = '\n  ]\n}\n';
const ID = /^ {4}\{\n {6}"id": "([^"\\]+)",\n/;
const DOCUMENT_END = '\n    }';

/** The document of an entry, as the caller's own. */
export function toDocument(entry: Entry): StoredDocument {
  return JSON.parse(entry.text) as StoredDocument;
}

/** An entry of its parts. */
export function toEntry(
  id: string,
  revision: number,
  value: JsonObject,
  expiresAt: number | undefined,
): Entry {
  const document = { id, revision, ...(expiresAt === undefined ? {} : { expiresAt }), value };
  // A line break inside a string is written as \n, so every one here is between lines.
  const text = `    ${JSON.stringify(document, null, 2).replaceAll('\n', '\n    ')}`;
  return { id, revision, expiresAt: expiresAt ?? Infinity, text };
}

/** The entries in the order of their ids. */
export function inOrder(contents: Contents): Entry[] {
  return [...contents.entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The file's text: pretty-printed, ordered by id. */
export function encode({ revision, entries }: Contents): string {
  const head = `{\n  "revision": ${revision},\n  "documents": [`;
  if (entries.size === 0) return `${head}]\n}\n`;
  const texts = inOrder({ revision, entries }).map(({ text }) => text);
  return `${head}\n${texts.join(',\n')}${TAIL}`;
}

/**
 * Understands the file's text. Documents whose lines are those of `before` are taken from there, so
 * that one change by another process does not cost a look at ten thousand documents.
 *
 * @throws Damage
 */
export async function decode(
  bytes: Uint8Array,
  before: Contents,
  breathe: Breather,
): Promise<Contents> {
  const text = toText(bytes);
  return (await decodeOurs(text, before, breathe)) ?? decodeAny(text);
}

/** Strictly: a file in another encoding would lose its letters with the next write. */
function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const valid = Buffer.from(bytes).toString('utf8').split('\ufffd', 1)[0] ?? '';
    throw new Damage(valid.split('\n').length, 'this is not UTF-8');
  }
}

/** Reads what `encode` wrote, a document at a time; gives up where anything is out of place. */
async function decodeOurs(
  text: string,
  before: Contents,
  breathe: Breather,
): Promise<Contents | undefined> {
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const entries = new Map<string, Entry>();
  for (let start = head[0].length; ;) {
    const end = text.indexOf(DOCUMENT_END, start) + DOCUMENT_END.length;
    const piece = text.slice(start, end);
    const known = before.entries.get(ID.exec(piece)?.[1] ?? '');
    const entry = known?.text === piece ? known : parseDocument(piece);
    if (entry === undefined || entries.has(entry.id)) return undefined;
    entries.set(entry.id, entry);
    if (text.startsWith(TAIL, end) && text.length === end + TAIL.length) {
      return finish(Number(head[1]), entries);
    }
    if (!text.startsWith(',\n', end)) return undefined;
    start = end + 2;
    await breathe();
  }
}

function parseDocument(piece: string): Entry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(piece);
  } catch {
    return undefined;
  }
  const { data } = documentSchema.safeParse(json);
  return data && toEntry(data.id, data.revision, data.value, data.expiresAt);
}

/** Reads any JSON, as a person may have written it. */
function decodeAny(text: string): Contents {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Damage(jsonLine(text), 'this is not JSON');
  }
  const { data, error } = fileSchema.safeParse(json);
  if (error !== undefined) {
    const [issue] = error.issues;
    const path = issue?.path ?? [];
    throw new Damage(jsonLine(text, path), `${path.join('.')}: ${issue?.message ?? 'not allowed'}`);
  }
  const entries = new Map<string, Entry>();
  for (const [index, { id, revision, value, expiresAt }] of data.documents.entries()) {
    if (entries.has(id)) {
      throw new Damage(jsonLine(text, ['documents', index, 'id']), `there are two documents ${id}`);
    }
    entries.set(id, toEntry(id, revision, value, expiresAt));
  }
  return finish(data.revision, entries);
}

function finish(revision: number, entries: Map<string, Entry>): Contents {
  // Somebody may have copied a document in by hand.
  for (const entry of entries.values()) revision = Math.max(revision, entry.revision);
  return { revision, entries };
}
