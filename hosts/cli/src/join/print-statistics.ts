import { captureTime, type Call } from '@roomkey/core/host';
import type { Output } from '../output.js';
import type { FrameMeter, FrameReport, RecentFrames } from './frame-meter.js';
import type { SoundMeter } from './sound.js';

/** How often `--stats` prints, ms. */
const INTERVAL_MS = 1_000;

/** The loudspeaker, and how sound and picture came in the last second. */
interface Heard {
  /** Sound that waits to be played, ms. */
  readonly depthMs: number;
  /** What the jitter buffer aims at, ms. */
  readonly targetMs: number;
  /** From capture to loudspeaker, ms, if the clocks agree; absent if no sound came. */
  readonly mouthToEarMs?: number;
  /** How much later the sound is than the picture, ms; negative if earlier. Absent without either. */
  readonly offsetMs?: number;
  /** The share of the sound played so far that was made up, 0…1. */
  readonly concealedShare: number;
}

/** Prints figures every second. @returns a function that stops it */
export function printStatistics(
  call: Call,
  {
    meter,
    recent,
    sound,
  }: {
    readonly meter: FrameMeter;
    readonly recent: RecentFrames;
    readonly sound: SoundMeter;
  },
  output: Output,
): () => void {
  const timer = setInterval(() => {
    const { received } = meter;
    const seen = recent.reportAndReset(captureTime());
    const heard = heardOf(call, sound.reportAndReset(captureTime()), seen);
    const sent = call.statistics.sent.camera;
    if (output.json) {
      const document = { event: 'statistics', received, ...seen, ...sent };
      output.result({ ...document, sound: { ...sound.report(), ...heard } }, '');
    } else {
      const age = seen.fps > 0 ? `, age p50 ${seen.ageMs.p50} ms` : '';
      output.note(
        `received ${received} (${seen.fps} fps${age}), sent ${sent.sent}, dropped ${sent.dropped}${describe(heard)}`,
      );
    }
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

/** Nothing is shown by a command: the picture counts as shown when it arrives. */
function heardOf(
  { speaker }: Call,
  came: Pick<FrameReport, 'fps' | 'ageMs'>,
  seen: Pick<FrameReport, 'fps' | 'ageMs'>,
): Heard | undefined {
  if (speaker.statistics === undefined) return undefined;
  const { depthMs, targetMs, playedSamples, concealedSamples } = speaker.statistics;
  const mouthToEarMs = Math.round(came.ageMs.p50 + depthMs);
  return {
    depthMs: Math.round(depthMs),
    targetMs: Math.round(targetMs),
    ...(came.fps > 0 && { mouthToEarMs }),
    ...(came.fps > 0 && seen.fps > 0 && { offsetMs: Math.round(mouthToEarMs - seen.ageMs.p50) }),
    concealedShare: playedSamples === 0 ? 0 : concealedSamples / playedSamples,
  };
}

function describe(heard: Heard | undefined): string {
  if (heard === undefined) return '';
  const { depthMs, targetMs, mouthToEarMs, offsetMs, concealedShare } = heard;
  const parts = [
    ...(mouthToEarMs === undefined ? [] : [`mouth to ear ${mouthToEarMs} ms`]),
    ...(offsetMs === undefined ? [] : [describeOffset(offsetMs)]),
    `buffered ${depthMs} ms of ${targetMs} ms`,
    `${(100 * concealedShare).toFixed(1)} % concealed`,
  ];
  return `; sound: ${parts.join(', ')}`;
}

function describeOffset(offsetMs: number): string {
  return `${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'before' : 'after'} the picture`;
}
