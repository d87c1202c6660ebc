import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@roomkey/core';
import { CorruptFileError, decode, encode } from '../src/codec.js';
import {
  EMPTY,
  putEntry,
  toDocument,
  createEntry,
  valueText,
  type Contents,
  type Entry,
} from '../src/contents.js';

const neverTired = () => undefined;

function contentsOf(values: Readonly<Record<string, JsonObject>>): Contents {
  const entries: Entry[] = [];
  for (const [id, value] of Object.entries(values)) {
    putEntry(entries, createEntry(id, entries.length + 1, valueText(value)));
  }
  return { revision: 1_000_000, entries };
}

const bytesOf = (contents: Contents) => Buffer.from([...encode(contents)].join(''));
const many = contentsOf(
  Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`id-${n}`, { text: 'x'.repeat(1000) }]),
  ),
);

describe('the text of a file', () => {
  it('is parsed to the written documents, whatever their contents', async () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._:-]{1,16}$/);
    const value = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(id, value)), async (pairs) => {
        const contents = contentsOf(Object.fromEntries(pairs));
        const bytes = bytesOf(contents);
        expect(await decode(bytes, EMPTY, neverTired)).toEqual(contents);
        expect(JSON.parse(bytes.toString())).toEqual({
          revision: contents.revision,
          documents: contents.entries.map(toDocument),
        });
      }),
    );
  });

  it('is parsed like JSON.parse, or counts as damaged, after any change by hand', async () => {
    const text = bytesOf(
      contentsOf({ a: { n: [1, { m: 'ä"\\' }] }, b: {}, 'c-1': { name: 'Lab', x: null } }),
    ).toString();
    const letter = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '\n',
        '0',
        '1',
        '-',
        'e',
        '\ufeff',
        '\u0000',
      ),
      fc.string({ maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.nat(30), letter, async (at, length, inserted) => {
        const changed = text.slice(0, at) + inserted + text.slice(at + length);
        let parsed: { documents: { id: string }[] } | undefined;
        try {
          parsed = JSON.parse(changed.replace(/^\ufeff/, '')) as { documents: { id: string }[] };
        } catch {
          // Then the file is damaged.
        }
        try {
          const { entries } = await decode(Buffer.from(changed), EMPTY, neverTired);
          expect(entries.map(toDocument)).toEqual(
            parsed?.documents.sort((a, b) => (a.id < b.id ? -1 : 1)),
          );
        } catch (error) {
          if (!(error instanceof CorruptFileError)) throw error;
          expect(error.line).toBeGreaterThan(0);
          expect(error.line).toBeLessThanOrEqual(changed.split('\n').length);
        }
      }),
      // Also in the first line, a number must not begin with a zero.
      { numRuns: 2_000, examples: [[16, 1, '']] },
    );
  });

  it('reuses known documents whose lines have not changed', async () => {
    const before = await decode(bytesOf(many), EMPTY, neverTired);
    const entries = [...before.entries];
    putEntry(entries, createEntry('id-7', 2_000_000, valueText({})));
    const after = await decode(bytesOf({ revision: 2_000_000, entries }), before, neverTired);
    const fresh = after.entries.filter((entry, n) => entry !== before.entries[n]);
    expect(fresh.map(({ id }) => id)).toEqual(['id-7']);
  });

  it.each([
    ['ours', bytesOf(many)],
    ['in another layout', Buffer.from(JSON.stringify(JSON.parse(bytesOf(many).toString())))],
    ['not UTF-8', Buffer.concat([bytesOf(many), Buffer.of(0xff)])],
  ])('is read in steps: %s', async (_, bytes) => {
    let steps = 0;
    const yieldIfDue = (): undefined => void (steps += 1);
    await decode(bytes, EMPTY, yieldIfDue).catch((error: unknown) =>
      expect(error).toBeInstanceOf(CorruptFileError),
    );
    expect(steps).toBeGreaterThanOrEqual(many.entries.length - 1);
  });

  it('is written in steps', () => {
    const lengths = [...encode(many)].map(({ length }) => length);
    expect(lengths.length).toBeGreaterThan(5);
    expect(Math.max(...lengths)).toBeLessThan(70_000);
  });
});
