// Blanks for which Unicode has no property: of Braille, musical notation and hieroglyphs.
const OTHER_BLANKS = String.raw`\u2800\u{1d159}\u{13441}\u{13442}`;

/** What nobody sees in a name, or takes for a space: format characters, fillers and blanks. */
export const INVISIBLE_CHARACTERS = new RegExp(
  String.raw`[\p{Cf}\p{Default_Ignorable_Code_Point}${OTHER_BLANKS}]`,
  'gu',
);

/** As `INVISIBLE_CHARACTERS`, with what is no text, and without joiners and the selectors of an emoji's form. */
const UNSEEN = String.raw`(?![\u200c\u200d\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}${OTHER_BLANKS}]`;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
const FIRST_UNSEEN = new RegExp(String.raw`[\p{Zl}\p{Zp}]|${UNSEEN}`, 'u');

/**
 * A name from elsewhere, fit for a terminal and a window: without control characters (C0, DEL and
 * C1, with which a terminal can be driven), line and paragraph separators, format characters
 * (bidirectional overrides, with which a name can pose as another; zero-width spaces), and whatever
 * else nobody sees. The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
 *
 * @returns the empty string where nothing is left that can be seen
 */
export function displayName(name: string): string {
  const shown = name
    .replace(/[\p{Zl}\p{Zp}\t]/gu, ' ')
    .replace(ALL_UNSEEN, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return shown.replace(INVISIBLE_CHARACTERS, '').trim() === '' ? '' : shown;
}

/** The first character that nobody sees in a new name, as `U+3164`; `undefined` where there is none. */
export function firstInvisibleCharacter(name: string): string | undefined {
  return codePoint(FIRST_UNSEEN.exec(name));
}

/**
 * The first character that Unicode has not assigned, as `U+0378`. New names have none, since nobody
 * can see them; names from elsewhere may, since a newer version of Node.js knows more characters.
 */
export function firstUnassignedCharacter(name: string): string | undefined {
  return codePoint(/\p{Cn}/u.exec(name));
}

function codePoint(found: RegExpExecArray | null): string | undefined {
  const code = found?.[0].codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
