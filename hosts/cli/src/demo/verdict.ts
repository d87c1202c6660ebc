import type { DemoRole, DemoSideReport, FrameMark } from './messages.js';

/** The part of the other side's frames that each side must have seen. */
export const WANTED_SHARE = 0.9;

/** A side's report, and what comparing it with the other's tells. */
export interface DemoSide extends DemoSideReport {
  /** Frames whose bytes are not those that were sent under their number. */
  readonly corrupted: number;
  /** Frames that came behind one with a higher number. */
  readonly outOfOrder: number;
  /** The part of the frames offered by the other side's camera that came. */
  readonly share: number;
}

/** What `roomkey demo --json` prints. */
export interface DemoResult extends Readonly<Record<DemoRole, DemoSide>> {
  readonly ok: boolean;
  readonly seconds: number;
}

/** One side as it reported. */
export interface DemoSideEvidence {
  readonly report: DemoSideReport;
  readonly sent: readonly FrameMark[];
  readonly received: readonly FrameMark[];
}

/** Compares what one side sent with what the other one saw, both ways. */
export function judge(
  host: DemoSideEvidence,
  guest: DemoSideEvidence,
  seconds: number,
): DemoResult {
  const sides = { host: compare(host, guest), guest: compare(guest, host) };
  const isGood = (side: DemoSide): boolean =>
    side.share >= WANTED_SHARE && side.corrupted === 0 && side.outOfOrder === 0;
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
    share: offered === 0 ? 0 : Math.round((received.length / offered) * 1000) / 1000,
  };
}
