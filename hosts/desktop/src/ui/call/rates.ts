import type { VideoKind } from '@roomkey/core/wire';
import type { StatisticsSample } from '../state.js';

/** Rates per direction. */
export interface Rates {
  readonly sent: { readonly fps: number; readonly bitsPerSecond: number };
  readonly received: { readonly fps: number; readonly bitsPerSecond: number };
}

/**
 * Rates between two samples, the newer one first; undefined without two samples.
 *
 * @param track the received track to count; sent tracks are counted together
 */
export function ratesOf(
  [newer, older]: readonly StatisticsSample[],
  track: VideoKind,
): Rates | undefined {
  if (newer === undefined || older === undefined) return undefined;
  const seconds = (newer.at - older.at) / 1_000;
  if (seconds <= 0) return undefined;
  // A new call counts from nothing.
  const perSecond = (after: number, before: number): number =>
    Math.max(0, after - before) / seconds;
  const { sent, received } = newer.counts;
  const { sent: sentBefore, received: receivedBefore } = older.counts;
  const bytes = (counts: typeof sent): number => counts.camera.bytes + counts.screen.bytes;
  return {
    sent: {
      fps: perSecond(sent.camera.sent, sentBefore.camera.sent),
      bitsPerSecond: perSecond(bytes(sent), bytes(sentBefore)) * 8,
    },
    received: {
      fps: perSecond(received[track].units, receivedBefore[track].units),
      bitsPerSecond: perSecond(received[track].bytes, receivedBefore[track].bytes) * 8,
    },
  };
}

/** Formats a bit rate, such as `1.9 Mbit/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  if (bitsPerSecond < 999_500) return `${Math.round(bitsPerSecond / 1_000)} kbit/s`;
  return `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}
