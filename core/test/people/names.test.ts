import { describe, expect, it } from 'vitest';
import { normalizeRoomName } from '../../src/rooms/room-record.js';
import { nameKey, normalizeNewName, normalizeName } from '../../src/people/names.js';

describe('account names', () => {
  it('are stored in NFC, trimmed, with single spaces', () => {
    expect(normalizeName('  e\u0301ve \u00a0 o\u3000k ')).toBe('éve o k');
    expect(normalizeName('日本語')).toBe('日本語');
    expect(normalizeName('👩\u200d🚀')).toBe('👩\u200d🚀');
  });

  it.each([
    ['nothing', ''],
    ['spaces', ' \u3000 '],
    ['joiners alone', '\u200d\u200c'],
    ['a filler alone', '\u3164'],
    ['blanks of Braille alone', '\u2800\u2800'],
    ['a control character', 'a\u0007b'],
    ['a C1 control character', 'a\u009bb'],
    ['a line break', 'a\nb'],
    ['a line separator', 'a\u2028b'],
    ['a bidirectional override', 'a\u202eb'],
    ['a bidirectional isolate', 'a\u2066b'],
    ['a zero-width space', 'a\u200bb'],
    ['half a surrogate pair', 'a\ud800'],
    ['a Hangul filler', 'a\u3164b'],
    ['a blank of Braille', 'a\u2800b'],
    ['a noncharacter', 'a\ufdd0'],
    ['a note without a head', 'a\u{1d159}'],
    ['a blank of hieroglyphs', 'a\u{13441}b'],
    ['33 bytes', 'a'.repeat(33)],
    ['33 bytes in 11 characters', '日'.repeat(11)],
  ])('cannot be %s', (_, name) => {
    expect(() => normalizeName(name)).toThrow(
      expect.objectContaining({ code: 'RK_ACCOUNT_NAME_INVALID' }),
    );
  });

  it('say which character cannot be seen, or has no meaning yet', () => {
    expect(() => normalizeName('ada\u3164')).toThrow(/cannot be seen \(U\+3164\)/);
    expect(() => normalizeNewName('ada\u0378')).toThrow(/has no meaning yet \(U\+0378\)/);
    // Accounts that a newer version made can still be read.
    expect(normalizeName('ada\u0378')).toBe('ada\u0378');
  });

  it('can be 32 bytes long', () => {
    expect(normalizeName('ab'.repeat(16))).toHaveLength(32);
  });

  it.each([
    ['case', 'Anna', 'aNNA'],
    ['a sharp s', 'Weiß', 'WEISS'],
    ['a final sigma', 'ΝΙΚΟΣ', 'νικος'],
    ['Unicode form', 'e\u0301', 'é'],
    ['spaces', ' a  b ', 'a b'],
    ['a tab', 'a\tb', 'a b'],
    ['joiners', 'an\u200dna', 'anna'],
    ['bidirectional overrides', 'an\u202ena', 'anna'],
    ['selectors of a form', 'anna\ufe0f', 'anna'],
    ['joiners of graphemes', 'an\u034fna', 'anna'],
    ['fillers', 'anna\u3164\u115f\u1160\uffa0', 'anna'],
    ['blanks of Braille', 'anna\u2800', 'anna'],
    ['blanks of hieroglyphs', 'an\u{13441}na', 'anna'],
  ])('are told apart without regard to %s', (_, a, b) => {
    expect(nameKey(a)).toBe(nameKey(b));
  });

  it('are told apart by their letters', () => {
    expect(nameKey('anna')).not.toBe(nameKey('hanna'));
    expect(nameKey('a b')).not.toBe(nameKey('ab'));
  });
});

describe('room names', () => {
  it.each([
    ['a\u3164b', 'a character that cannot be seen (U+3164)'],
    ['a\u2800b', 'a character that cannot be seen (U+2800)'],
    ['a\ufdd0', 'a character that cannot be seen (U+FDD0)'],
    ['a\u0378', 'a character that has no meaning yet (U+0378)'],
    ['a  b', 'several spaces in a row'],
  ])('cannot be %j', (name, fault) => {
    const message = expect.stringContaining(fault) as string;
    expect(() => normalizeRoomName(name)).toThrow(
      expect.objectContaining({ code: 'RK_ROOM_NAME_INVALID', message }),
    );
  });
});
