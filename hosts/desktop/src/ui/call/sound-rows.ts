import type { StatisticsView } from '../../messages/index.js';

/**
 * Figures of the sound that comes, for the statistics; none while there is none.
 *
 * @param pictureAgeMs from capture to screen, by the same clocks
 */
export function soundRows(
  counts: StatisticsView | undefined,
  pictureAgeMs: number | undefined,
): readonly (readonly [string, string])[] {
  const { speaker, soundAgeMs } = counts ?? {};
  if (speaker === undefined || soundAgeMs === undefined) return [];
  // What comes now waits behind what the buffer holds.
  const mouthToEar = soundAgeMs + speaker.depthMs;
  const { concealedSamples, playedSamples, depthMs, targetMs } = speaker;
  const concealed = playedSamples === 0 ? 0 : (100 * concealedSamples) / playedSamples;
  return [
    ['Mouth to ear', `${mouthToEar.toFixed(0)} ms${offsetText(mouthToEar, pictureAgeMs)}`],
    [
      'Sound buffer',
      `${depthMs.toFixed(0)} ms of ${targetMs.toFixed(0)}; ${concealed.toFixed(1)} % made up`,
    ],
  ];
}

/** The clocks of both computers need not agree for this one. */
function offsetText(mouthToEar: number, pictureAgeMs: number | undefined): string {
  if (pictureAgeMs === undefined) return '';
  const late = Math.round(mouthToEar - pictureAgeMs);
  return late < 0 ? ` (${-late} before the picture)` : ` (${late} after the picture)`;
}
