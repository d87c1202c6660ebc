/** How long a password holds against somebody who recorded a handshake and guesses. */
export type Strength = 'weak' | 'fair' | 'strong';

/** Bits below which it is weak: guessed within days, for all that the key derivation slows down. */
const FAIR_BITS = 40;
/** Bits from which no effort is known that finds it. */
const STRONG_BITS = 64;

/** What people choose first, and guessers try first. */
const common =
  /p[a4@]ss(w[o0]rd|wort)?|roomkey|qwert[yz]?|azerty|letmein|welcome|admin|secret|iloveyou|monkey|dragon|sunshine|princess|football|hello|test|love|home|room|camera|video|baby|(19|20)\d\d/giu;

/** A word that is guessed whole is worth no more than a character of a random text. */
const BITS_OF_COMMON_WORD = 6;

/**
 * An honest guess, not a promise: what a person sees is whether length and variety are there.
 *
 * Characters count by the alphabet that the password draws on; what repeats or runs on (`aaa`,
 * `1234`) counts once, and what everybody chooses next to nothing.
 */
export function passwordStrength(password: string): Strength {
  let found = 0;
  const rest = password.normalize('NFC').replace(common, () => {
    found += 1;
    return ' ';
  });
  const surprising = countSurprising(rest.replaceAll(' ', ''));
  // Spaces part words, which come from a list: the characters of long phrases count a little less.
  const bits = surprising * Math.log2(alphabet(rest)) * 0.75 + found * BITS_OF_COMMON_WORD;
  if (bits < FAIR_BITS) return 'weak';
  return bits < STRONG_BITS ? 'fair' : 'strong';
}

/** Characters that neither repeat the one before nor follow it. */
function countSurprising(text: string): number {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const surprising = points.filter((point, index) => {
    const step = point - (points[index - 1] ?? Number.NaN);
    return !(Math.abs(step) <= 1);
  });
  // Twice the same halves, as in `abcabc`, or few letters only: never more than the variety allows.
  return Math.min(surprising.length, new Set(points).size * 2);
}

function alphabet(text: string): number {
  let size = 0;
  if (/\p{Ll}/u.test(text)) size += 26;
  if (/\p{Lu}/u.test(text)) size += 26;
  if (/\p{Nd}/u.test(text)) size += 10;
  if (/[\p{P}\p{S}]/u.test(text)) size += 20;
  if (/\p{Lo}/u.test(text)) size += 200;
  return Math.max(size, 2);
}
