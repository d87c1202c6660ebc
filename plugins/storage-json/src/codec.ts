import { isUtf8 } from 'node:buffer';
import {
  decodeText,
  hasUtf16Bom,
  isStorageId,
  NotTextError,
  type Yielder,
  type JsonObject,
} from '@roomkey/core';
import { z } from 'zod';
import {
  findEntry,
  putEntry,
  createEntry,
  valueText,
  type Contents,
  type Entry,
} from './contents.js';
import { JsonScanner, JsonSyntaxError } from './json-scanner.js';

/** What is wrong with a file, and in which line, from 1. */
export class CorruptFileError extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** Far above any time in ms, and below the 15 digits that numbers hold exactly. */
const MAX_REVISION = 900_000_000_000_000;

const documentSchema = z.strictObject({
  id: z.string().refine(isStorageId, 'not allowed as an id'),
  revision: z.int().positive().max(MAX_REVISION),
  expiresAt: z.number().optional(),
  // Not z.record, which leaves a key `__proto__` out.
  value: z.custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'not an object',
  ),
});
const revisionSchema = z.int().nonnegative().max(MAX_REVISION);

const HEAD = /^\{\n {2}"revision": (0|[1-9]\d{0,14}),\n {2}"documents": \[\n/;
const HEAD_BYTES = 64;
const BETWEEN = Buffer.from(',\n');
const TAIL = Buffer.from('\n  ]\n}\n');
const ID = /^ {4}\{\n {6}"id": "([^"\\]+)",\n/;
const DOCUMENT_END = Buffer.from('\n    }');
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const LINE_FEED = 0x0a;

/** Size of one piece of text, in characters. */
const CHUNK = 64 * 1024;

/** The file's text, in pieces: pretty-printed, ordered by id. */
export function* encode({ revision, entries }: Contents): Generator<string> {
  let chunk = `{\n  "revision": ${revision},\n  "documents": [`;
  let separator = '\n';
  for (const { text } of entries) {
    chunk += separator + text;
    separator = ',\n';
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk + (entries.length === 0 ? ']\n}\n' : '\n  ]\n}\n');
}

/**
 * Parses a file. Reuses documents of `before` whose lines have not changed, so that one change by
 * another process does not cost parsing ten thousand documents.
 *
 * @throws CorruptFileError
 */
export async function decode(
  bytes: Buffer,
  before: Contents,
  yieldIfDue: Yielder,
): Promise<Contents> {
  if (bytes.length === 0) throw new CorruptFileError(1, 'the file is empty');
  if (hasUtf16Bom(bytes)) {
    try {
      return await decode(Buffer.from(decodeText(bytes)), before, yieldIfDue);
    } catch (error) {
      throw error instanceof NotTextError ? new CorruptFileError(1, error.message) : error;
    }
  }
  // A file in another encoding would lose its letters with the next write.
  if (!isUtf8(bytes)) {
    throw new CorruptFileError(await firstLineNotUtf8(bytes, yieldIfDue), 'this is not UTF-8');
  }
  return (
    (await decodeCanonical(bytes, before, yieldIfDue)) ??
    (await new LenientDecoder(bytes, before).decode(yieldIfDue))
  );
}

/** Reads the output of `encode`, a document at a time; `undefined` if anything deviates. */
async function decodeCanonical(
  bytes: Buffer,
  before: Contents,
  yieldIfDue: Yielder,
): Promise<Contents | undefined> {
  const head = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES));
  if (head === null) return undefined;
  const entries: Entry[] = [];
  for (let start = head[0].length; ;) {
    const end = bytes.indexOf(DOCUMENT_END, start) + DOCUMENT_END.length;
    const piece = bytes.toString('utf8', start, end);
    const known = findEntry(before.entries, ID.exec(piece)?.[1] ?? '');
    const entry = known?.text === piece ? known : parseCanonical(piece);
    if (entry === undefined || putEntry(entries, entry) !== undefined) return undefined;
    if (startsWith(bytes, TAIL, end) && bytes.length === end + TAIL.length) {
      return finish(Number(head[1]), entries, before);
    }
    if (!startsWith(bytes, BETWEEN, end)) return undefined;
    start = end + BETWEEN.length;
    await yieldIfDue();
  }
}

function parseCanonical(text: string): Entry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = documentSchema.safeParse(json);
  if (data === undefined) return undefined;
  const { id, revision, expiresAt = Infinity } = data;
  return { id, revision, expiresAt, text };
}

/** Reads any JSON, also edited by hand, and reports the line of an error. */
class LenientDecoder {
  readonly #bytes: Buffer;
  readonly #before: Contents;
  /** Reads bytes as Latin-1: the syntax of JSON is ASCII, and offsets are in bytes. */
  readonly #scanner: JsonScanner;
  #revision: number | undefined;
  #entries: Entry[] | undefined;

  constructor(bytes: Buffer, before: Contents) {
    this.#bytes = bytes;
    this.#before = before;
    const marked = startsWith(bytes, BYTE_ORDER_MARK, 0);
    this.#scanner = new JsonScanner(bytes.toString('latin1'), marked ? BYTE_ORDER_MARK.length : 0);
  }

  /** @throws CorruptFileError */
  async decode(yieldIfDue: Yielder): Promise<Contents> {
    try {
      for (const key of this.#scanner.members()) {
        if (key === 'revision') this.#readRevision();
        else if (key === 'documents') await this.#readDocuments(yieldIfDue);
        else throw this.#corrupt(`only "revision" and "documents" belong here`);
      }
      this.#scanner.end();
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw this.#corrupt('this is not JSON');
      if (error instanceof RangeError) throw this.#corrupt('this is nested too deeply');
      throw error;
    }
    if (this.#revision === undefined) throw this.#corrupt('there is no "revision"', 0);
    if (this.#entries === undefined) throw this.#corrupt('there are no "documents"', 0);
    return finish(this.#revision, this.#entries, this.#before);
  }

  #readRevision(): void {
    if (this.#revision !== undefined) throw this.#corrupt('there is a second "revision"');
    const start = this.#scanner.value();
    const { data, error } = revisionSchema.safeParse(this.#parse(start));
    if (error !== undefined) throw this.#corrupt(`revision: ${reasonOf(error)}`, start);
    this.#revision = data;
  }

  async #readDocuments(yieldIfDue: Yielder): Promise<void> {
    if (this.#entries !== undefined) throw this.#corrupt('there are "documents" a second time');
    if (this.#bytes[this.#scanner.at] !== 0x5b /* [ */) {
      throw this.#corrupt('documents: not an array');
    }
    this.#entries = [];
    for (const { start } of this.#scanner.elements()) {
      this.#scanner.value();
      const { data, error } = documentSchema.safeParse(this.#parse(start));
      if (error !== undefined) {
        const path = error.issues[0]?.path ?? [];
        const at = new JsonScanner(this.#bytes.toString('latin1', start)).value(path);
        throw this.#corrupt([...path, reasonOf(error)].join(': '), start + at);
      }
      const { id, revision, value, expiresAt } = data;
      const entry = createEntry(id, revision, valueText(value), expiresAt);
      const known = findEntry(this.#before.entries, id);
      if (putEntry(this.#entries, known?.text === entry.text ? known : entry) !== undefined) {
        const at = new JsonScanner(this.#bytes.toString('latin1', start)).value(['id']);
        throw this.#corrupt(`there are two documents ${id}`, start + at);
      }
      await yieldIfDue();
    }
  }

  /** Parses the text between `start` and the scanner. */
  #parse(start: number): unknown {
    return JSON.parse(this.#bytes.toString('utf8', start, this.#scanner.at));
  }

  #corrupt(reason: string, at = this.#scanner.at): CorruptFileError {
    const bytes = this.#bytes;
    let line = 1;
    for (let offset = 0; offset < at; offset += 1) if (bytes[offset] === LINE_FEED) line += 1;
    return new CorruptFileError(line, reason);
  }
}

function reasonOf(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'not allowed';
}

/** UTF-8 uses the byte of a line feed for nothing else, so lines can be checked one by one. */
async function firstLineNotUtf8(bytes: Buffer, yieldIfDue: Yielder): Promise<number> {
  for (let line = 1, start = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
    await yieldIfDue();
  }
}

function startsWith(bytes: Buffer, what: Buffer, at: number): boolean {
  return bytes.subarray(at, at + what.length).equals(what);
}

function finish(revision: number, entries: readonly Entry[], before: Contents): Contents {
  // A document may have been added by hand, or the file restored from a backup.
  let highest = Math.max(revision, before.revision);
  for (const entry of entries) highest = Math.max(highest, entry.revision);
  return { revision: highest, entries };
}
