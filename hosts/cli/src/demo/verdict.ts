import type { DemoRole, DemoSideReport, FrameMark } from './messages.js';

/** The share of the other side's frames, and of its sound, that each side must have received. */
export const WANTED_SHARE = 0.9;

/** A side's report, compared with the other's. */
export interface DemoSide extends DemoSideReport {
  /** Frames whose bytes differ from those sent under their number. */
  readonly corrupted: number;
  /** Frames that came after one with a higher number. */
  readonly outOfOrder: number;
  /** The share of the frames of the other side's camera that arrived. */
  readonly share: number;
  /** The share of the other side's sound that arrived. */
  readonly soundShare: number;
}

/** What `roomkey demo --json` prints. */
export interface DemoResult extends Readonly<Record<DemoRole, DemoSide>> {
  readonly ok: boolean;
  readonly seconds: number;
}

/** One side's report and frames. */
export interface DemoSideEvidence {
  readonly report: DemoSideReport;
  readonly sent: readonly FrameMark[];
  readonly received: readonly FrameMark[];
}

/** Compares the frames that one side sent with those that the other received, both ways. */
export function judge(
  host: DemoSideEvidence,
  guest: DemoSideEvidence,
  seconds: number,
): DemoResult {
  const sides = { host: compare(host, guest), guest: compare(guest, host) };
  const isGood = (side: DemoSide): boolean =>
    side.share >= WANTED_SHARE &&
    side.soundShare >= WANTED_SHARE &&
    side.corrupted === 0 &&
    side.outOfOrder === 0;
  const wordsAgree = host.report.words.join(' ') === guest.report.words.join(' ');
  return { ok: isGood(sides.host) && isGood(sides.guest) && wordsAgree, seconds, ...sides };
}

function compare(side: DemoSideEvidence, other: DemoSideEvidence): DemoSide {
  const digests = new Map(other.sent);
  const { offered } = other.report;
  const { received } = side;
  return {
    ...side.report,
    corrupted: received.filter(([number, digest]) => digests.get(number) !== digest).length,
    outOfOrder: received.filter(([number], at) => number <= (received[at - 1]?.[0] ?? -1)).length,
    share: shareOf(received.length, offered),
    soundShare: shareOf(side.report.sound.received, other.report.sound.sent),
  };
}

/** Rounded to a thousandth; 0 of nothing. */
function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 1000;
}
