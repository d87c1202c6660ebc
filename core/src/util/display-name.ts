// Blanks without a Unicode property: in Braille, musical notation and hieroglyphs.
const OTHER_BLANKS = String.raw`\u2800\u{1d159}\u{13441}\u{13442}`;

/** Characters that are invisible or look like a space: format characters, fillers and blanks. */
export const INVISIBLE_CHARACTERS = new RegExp(
  String.raw`[\p{Cf}\p{Default_Ignorable_Code_Point}${OTHER_BLANKS}]`,
  'gu',
);

/**
 * As `INVISIBLE_CHARACTERS`, plus non-text code points, minus joiners and emoji variation
 * selectors.
 */
const UNSEEN = String.raw`(?![\u200c\u200d\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}${OTHER_BLANKS}]`;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
const FIRST_UNSEEN = new RegExp(String.raw`[\p{Zl}\p{Zp}]|${UNSEEN}`, 'u');

/**
 * Makes a received name safe for a terminal and a window. Removes control characters (C0, DEL, C1:
 * they can drive a terminal), line and paragraph separators, format characters (bidirectional
 * overrides can disguise a name; zero-width spaces), and other invisible characters. Keeps the
 * joiners U+200C and U+200D: Persian, Indic scripts and emoji need them.
 *
 * @returns the empty string if no visible character is left
 */
export function displayName(name: string): string {
  const shown = name
    .replace(/[\p{Zl}\p{Zp}\t]/gu, ' ')
    .replace(ALL_UNSEEN, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return shown.replace(INVISIBLE_CHARACTERS, '').trim() === '' ? '' : shown;
}

/** The first invisible character in a new name, as `U+3164`; `undefined` if there is none. */
export function firstInvisibleCharacter(name: string): string | undefined {
  return codePoint(FIRST_UNSEEN.exec(name));
}

/**
 * The first character that Unicode has not assigned, as `U+0378`. New names may not contain any,
 * since they cannot be displayed. Received names may: a newer Node.js knows more characters.
 */
export function firstUnassignedCharacter(name: string): string | undefined {
  return codePoint(/\p{Cn}/u.exec(name));
}

function codePoint(found: RegExpExecArray | null): string | undefined {
  const code = found?.[0].codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
