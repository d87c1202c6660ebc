/**
 * A name from elsewhere, fit for a terminal and a window: without control characters (C0, DEL and
 * C1, with which a terminal can be driven), line and paragraph separators, and format characters
 * (bidirectional overrides, with which a name can pose as another; zero-width spaces). The joiners
 * U+200C and U+200D stay: Persian, Indic scripts and emoji need them. May come out empty.
 */
export function displayName(name: string): string {
  return name
    .replace(/[\p{Zl}\p{Zp}\t]/gu, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

/**
 * What nobody sees in a name, or takes for a space: format characters, fillers, and blanks for which
 * Unicode has no property, of Braille, musical notation and hieroglyphs.
 */
export const BLANKS = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/gu;

const UNSEEN =
  /(?![\u200c\u200d\ufe00-\ufe0f])[\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u;

/**
 * Whether a new name has what nobody sees: fillers, Braille's blank, lone surrogates, noncharacters.
 * The joiners and the selectors of an emoji's form may stand in it.
 */
export function hasUnseen(name: string): boolean {
  return UNSEEN.test(name);
}
