import { expect, onTestFinished, test, vi } from 'vitest';
import { nameKey, normalizeName } from '../../src/people/names.js';
import { checkPassword, verifyPassword } from '../../src/people/password-hash.js';
import { normalizeRoomName } from '../../src/rooms/room-record.js';
import { classifyOwners } from '../../src/rooms/room-entry.js';
import { searchRoom } from '../../src/rooms/room-search.js';
import { createRoomParameters, derivePasswordSecret } from '../../src/secure/room-parameters.js';
import { nfc } from '../../src/util/nfc.js';

/** Marks in the wrong order; normalizing 30,000 of them would take a second or more. */
const marks = (pairs: number): string => `a${'\u0315\u0300'.repeat(pairs)}`;

test('nfc normalizes every text within the size limit', () => {
  expect(nfc('e\u0301')).toBe('é');
  // The longest spelling of 1,024 bytes: a letter and two marks.
  expect(nfc('\u1fbe\u0308\u0301'.repeat(512))).toBe('\u0390'.repeat(512));
});

test('nfc returns longer texts unchanged', () => {
  expect(nfc(marks(30_000))).toBe(marks(30_000));
});

test.each<[string, (text: string) => unknown]>([
  ['the name of an account', normalizeName],
  ['what a name is looked up by', nameKey],
  ['a new password', checkPassword],
  ['a password to be verified', (text) => verifyPassword(text, undefined)],
  ['the name of a room', normalizeRoomName],
  [
    'the name of a room that is looked for',
    (text) => searchRoom([], text, classifyOwners(undefined)),
  ],
  [
    'the password of a room',
    (text) => derivePasswordSecret(text, createRoomParameters(new Uint8Array(32), 1)),
  ],
])('nfc spends no time on %s that is very long', async (_, take) => {
  const normalize = vi.spyOn(String.prototype, 'normalize');
  onTestFinished(() => normalize.mockRestore());
  await (async () => take(marks(3_000)))().catch(() => undefined);
  const lengths = normalize.mock.contexts.map((text) => String(text).length);
  expect(Math.max(0, ...lengths)).toBeLessThan(4_097);
});
