/** What counts as silence on a meter, and as loud, dB: a quiet room, and a voice close by. */
const QUIET_DB = -54;
const LOUD_DB = -12;

/** How much of a meter a level fills, 0…1; loudness is perceived by ratios. @param level RMS, 0…1 */
export function meterShare(level: number): number {
  const share = (20 * Math.log10(level) - QUIET_DB) / (LOUD_DB - QUIET_DB);
  return Math.min(1, Math.max(0, share));
}
