import type { StatisticsSample } from '../state.js';

/** Rates per direction. */
export interface Rates {
  readonly sent: { readonly fps: number; readonly bitsPerSecond: number };
  readonly received: { readonly fps: number; readonly bitsPerSecond: number };
}

/** Computes rates from two samples, newer first; undefined without two. */
export function ratesOf([newer, older]: readonly StatisticsSample[]): Rates | undefined {
  if (newer === undefined || older === undefined) return undefined;
  const seconds = (newer.at - older.at) / 1_000;
  if (seconds <= 0) return undefined;
  // A restarted call counts from zero.
  const perSecond = (after: number, before: number): number =>
    Math.max(0, after - before) / seconds;
  const { counts: now } = newer;
  const { counts: before } = older;
  return {
    sent: {
      fps: perSecond(now.sent.sent, before.sent.sent),
      bitsPerSecond: perSecond(now.sent.bytes, before.sent.bytes) * 8,
    },
    received: {
      fps: perSecond(now.received.frames, before.received.frames),
      bitsPerSecond: perSecond(now.received.bytes, before.received.bytes) * 8,
    },
  };
}

/** Formats a bit rate, such as `1.9 Mbit/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  if (bitsPerSecond < 999_500) return `${Math.round(bitsPerSecond / 1_000)} kbit/s`;
  return `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}
