import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayName } from '../../src/util/display-name.js';

test.each([
  ['Lab', 'Lab'],
  ['  two   words ', 'two words'],
  ['a\tb\r\nc\u2028d\u2029e', 'a bc d e'],
  ['\u001b[31mred\u0007', '[31mred'],
  ['\u009b31mred\u0085', '31mred'],
  ['a\u202egnp.exe\u202c', 'agnp.exe'],
  ['\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad', ''],
  ['\u{e0041}\u{e0042}', ''],
  ['👩‍💻 می‌خواهم क्‍ष', '👩‍💻 می‌خواهم क्‍ष'],
  ['Zoë', 'Zoë'],
  // Invisible characters must not make a foreign name look like another one, or empty.
  ['ada\u3164', 'ada'],
  ['a\u2800d\u{1d159}a', 'ada'],
  ['\u115f\u1160\uffa0', ''],
  ['\u200d\u200c\ufe0f', ''],
  // Assigned in a newer version of Unicode, perhaps.
  ['a\u0378', 'a\u0378'],
])('%j is shown as %j', (name, shown) => {
  expect(displayName(name)).toBe(shown);
});

test('whatever comes, what is shown cannot drive a terminal, and is shown the same again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const shown = displayName(name);
      expect(shown).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u,
      );
      expect(displayName(shown)).toBe(shown);
    }),
  );
});
