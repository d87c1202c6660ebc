import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownPeers, resemblanceNotes } from '../../src/people/index.js';
import { skeletonsOf, skeleton } from '../../src/people/skeletons.js';

const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const own = { name: 'Marta', identity: key(9) };

let folder: string;
let people: KnownPeers;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-people-'));
  people = new KnownPeers(folder, own.identity);
  await people.remember({ name: 'ada', identity: key(1) });
  await people.remember({ name: 'Mallory', identity: key(2) });
});
afterEach(() => rm(folder, { recursive: true }));

/** Notes about a peer that shows a name for the first time. */
const of = (name: string, identity: number) =>
  people.resemblance({ name, identity: key(identity) }, own);

describe('a new peer', () => {
  test('is known by the identity, whatever name it comes by', async () => {
    expect(await of('Trent', 2)).toEqual({ alsoKnownAs: ['Mallory'] });
    await people.remember({ name: 'Trent', identity: key(2) });
    expect(await of('Peggy', 2)).toEqual({ alsoKnownAs: ['Mallory', 'Trent'] });
    expect(await of('Peggy', 3)).toEqual({});
  });

  test.each([
    ['a Cyrillic letter', '\u0430da'],
    ['a Greek capital', '\u0391DA'],
    ['letters of full width', '\uff41\uff44\uff41'],
    ['letters of mathematics', '\u{1d41a}da'],
  ])('who writes a known name with %s looks like it', async (_, name) => {
    expect(await of(name, 3)).toEqual({ looksLike: ['ada'] });
  });

  test.each(['Ada', 'ada', 'ad', 'adam', 'eda', '日本'])(
    '%j looks like no other name',
    async (name) => {
      expect(await of(name, 3)).toEqual({});
    },
  );

  test('who looks like a known name and is the same person is only said to be that', async () => {
    expect(await of('\u0430da', 1)).toEqual({ alsoKnownAs: ['ada'] });
  });

  test('with the user’s own name, or one that looks like it, counts as someone else', async () => {
    for (const name of ['Marta', 'MARTA', 'M\u0430rta']) {
      expect(await of(name, 3)).toEqual({ looksLike: ['Marta'] });
    }
    expect(await people.resemblance(own, own)).toEqual({});
  });

  test('is compared with those who can be read where a file is damaged', async () => {
    const [account = ''] = await readdir(join(folder, 'people'));
    await writeFile(join(folder, 'people', account, `${'0'.repeat(64)}.json`), '{');
    expect(await of('\u0430da', 2)).toEqual({ alsoKnownAs: ['Mallory'], looksLike: ['ada'] });
  });
});

test('the list says who else each name is, and looks like', async () => {
  await people.remember({ name: '\u0430da', identity: key(2) });
  expect(await people.list()).toMatchObject([
    { name: 'ada', looksLike: ['\u0430da'] },
    { name: 'Mallory', alsoKnownAs: ['\u0430da'] },
    { name: '\u0430da', alsoKnownAs: ['Mallory'], looksLike: ['ada'] },
  ]);
});

test('what is to know is said in sentences', () => {
  expect(
    resemblanceNotes({ alsoKnownAs: ['Mallory'], looksLike: ['ada', 'Marta'] }, 'Marta'),
  ).toEqual([
    'You’ve met this person as Mallory.',
    'The name looks like ada, who you’ve met, but this is someone else.',
    'The name looks like your own, but this is a different account.',
  ]);
  expect(resemblanceNotes({}, 'Marta')).toEqual([]);
});

describe('the skeleton of a text', () => {
  // Of UTS #39's confusables.txt and of section 4, whose examples these are.
  test.each([
    ['\u03c1\u0430\u0443\u03c1\u0430\u04cf', 'paypal'],
    ['scope', '\u0455\u0441\u043e\u0440\u0435'],
    ['rn', 'm'],
    ['1', 'l'],
    ['I', 'l'],
    ['\u212b', 'A\u030a'],
    ['a\u200db', 'ab'],
    ['\u{1f12a}', '(S)'],
  ])('of %j is that of %j', (a, b) => {
    expect(skeleton(a)).toBe(skeleton(b));
  });

  test('is its own skeleton', () => {
    for (const text of ['m', '\u00c5ngstr\u00f6m', 'AIice', '\u0430da', '日本語']) {
      expect(skeleton(skeleton(text))).toBe(skeleton(text));
    }
  });

  test('sees a capital I for a small l, and no case', () => {
    const alike = (a: string, b: string): boolean =>
      skeletonsOf(a).some((look) => skeletonsOf(b).includes(look));
    expect(alike('AIice', 'alice')).toBe(true);
    expect(alike('ALICE', 'alice')).toBe(true);
    expect(alike('alice', 'alike')).toBe(false);
  });
});
