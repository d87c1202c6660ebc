/** Strength against someone who recorded a handshake and guesses offline. */
export type Strength = 'weak' | 'fair' | 'strong';

/** Bits. Below, a password is found within days, despite the key derivation. */
const FAIR_BITS = 40;
/** Bits from which no known effort finds it. */
const STRONG_BITS = 64;

/** What people choose first and attackers try first. */
const common =
  /p[a4@]ss(w[o0]rd|wort)?|roomkey|qwert[yz]?|azerty|letmein|welcome|admin|secret|iloveyou|monkey|dragon|sunshine|princess|football|hello|test|love|home|room|camera|video|baby|(19|20)\d\d/giu;

/** A word in a list is worth no more than one random character. */
const BITS_OF_COMMON_WORD = 6;

/**
 * A rough estimate of length and variety, not a guarantee.
 *
 * Characters count by the alphabet of the password. Repetitions and sequences (`aaa`, `1234`) count
 * once, common words almost nothing.
 */
export function passwordStrength(password: string): Strength {
  let found = 0;
  const rest = password.normalize('NFC').replace(common, () => {
    found += 1;
    return ' ';
  });
  const surprising = countSurprising(rest.replaceAll(' ', ''));
  // Phrases consist of words from a list, so characters of long phrases count a little less.
  const bits = surprising * Math.log2(alphabet(rest)) * 0.75 + found * BITS_OF_COMMON_WORD;
  if (bits < FAIR_BITS) return 'weak';
  return bits < STRONG_BITS ? 'fair' : 'strong';
}

/** Counts characters that neither repeat nor continue the previous one. */
function countSurprising(text: string): number {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const surprising = points.filter((point, index) => {
    const step = point - (points[index - 1] ?? Number.NaN);
    return !(Math.abs(step) <= 1);
  });
  // Repeated parts, as in `abcabc`, or few letters: limited by the variety.
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
