import {
  captureTime,
  longTimeout,
  type Call,
  type CallState,
  type CaptureRequest,
} from '@roomkey/core/host';
import type { Output } from '../output.js';
import { answerKnocks, type KnockTerminal } from './answer-knocks.js';
import { followVideo } from './follow-video.js';
import { FrameMeter, RecentFrames } from './frame-meter.js';
import type { FrameOutput } from './frame-output.js';
import { printStatistics } from './print-statistics.js';
import { reportCall, reportNotice } from './report-call.js';
import { SoundMeter, type SoundFailure, type SoundReport } from './sound.js';

/** The options of `runJoin`. */
export interface JoinOptions {
  readonly capture: CaptureRequest;
  /** Whether `--camera` names the camera: then the call needs it. */
  readonly isCameraNamed: boolean;
  /** Whether an option names the microphone or the loudspeaker: then the call needs them. */
  readonly isSoundNamed: boolean;
  /** Starts the microphone and the loudspeaker; see `startSound`. */
  readonly startSound: (onFailure: (failure: SoundFailure) => void) => Promise<void>;
  /** Where the other side's video goes; absent: nowhere. */
  readonly frames?: FrameOutput | undefined;
  /** Leave this many seconds after the other side first joined. */
  readonly seconds?: number | undefined;
  /** Leave after this many of the other side's frames. */
  readonly frameCount?: number | undefined;
  /** Whether to print a line of figures every second. */
  readonly statistics: boolean;
  /** Whether the room was open when it was found. */
  readonly isOpen: boolean;
  /** Where the owner is asked about guests who wait. */
  readonly terminal: KnockTerminal;
  readonly signal: AbortSignal;
}

/**
 * Enters a room and stays until `seconds` or `frameCount` is reached, the call ends, or the person
 * leaves.
 *
 * @throws Error the reason, if the call failed
 */
export async function runJoin(call: Call, output: Output, options: JoinOptions): Promise<void> {
  const { signal, frames, frameCount } = options;
  const meter = new FrameMeter();
  const recent = new RecentFrames(captureTime());
  const sound = new SoundMeter(call);
  const enough = new AbortController();
  reportCall(call, output, options.isOpen);
  const hasMet = followMeeting(call);
  followVideo(call, (picture, consumed) => {
    const now = captureTime();
    for (const one of [meter, recent]) one.count(picture.capturedAt, now);
    if (frames === undefined) consumed();
    else frames.write(picture, consumed);
    if (frameCount !== undefined && meter.received >= frameCount) enough.abort();
  });
  const ended = whenEnded(call);
  // Awaited below; if `start` fails, that has the same reason.
  ended.catch(() => undefined);
  const stops = [
    leaveAfter(call, options.seconds, enough),
    answerKnocks(call, { terminal: options.terminal, output, now: () => performance.now() }),
    ...(options.statistics ? [printStatistics(call, { meter, recent, sound }, output)] : []),
  ];
  try {
    await Promise.race([
      // A camera that is slow to open must not delay leaving.
      enter(call, options, output).then(() => ended),
      // Ctrl-C is the usual way to leave; the exit code tells.
      aborted(signal),
      aborted(enough.signal),
      ...(frames === undefined ? [] : [frames.failed]),
    ]);
  } finally {
    for (const stop of stops) stop();
    // The loudspeaker is closed with the call.
    const heard = sound.report();
    const wasOpen = call.state.phase !== 'preparing';
    await call.leave();
    await frames?.close(signal);
    summarize(call, { meter, sound: heard }, output, frames, { wasOpen, hasMet: hasMet() });
  }
}

async function enter(call: Call, options: JoinOptions, output: Output): Promise<void> {
  if (options.isCameraNamed) await call.camera.start(options.capture);
  const startSound = (): Promise<void> =>
    options.startSound((failure) => {
      if (call.state.phase !== 'ended') reportNoSound(output, failure);
    });
  if (options.isSoundNamed) await startSound();
  await call.start();
  await Promise.all([
    options.isCameraNamed ? undefined : startCamera(call, options.capture, output),
    options.isSoundNamed ? undefined : startSound(),
  ]);
}

/** @returns a function that says whether the other side has joined so far */
function followMeeting(call: Call): () => boolean {
  let hasMet = false;
  call.on('state', ({ phase }) => {
    hasMet ||= phase === 'live';
  });
  return () => hasMet;
}

/** Resolves when the call has ended normally, and rejects with its error if it failed. */
async function whenEnded(call: Call): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    call.on('state', (state: CallState) => {
      if (state.phase !== 'ended') return;
      if (state.end.kind === 'failed') reject(state.end.error);
      else resolve();
    });
  });
}

/** If the camera fails the call continues without it, with a warning. */
async function startCamera(call: Call, capture: CaptureRequest, output: Output): Promise<void> {
  try {
    await call.camera.start(capture);
  } catch (error) {
    if (call.state.phase === 'ended') return;
    const message = error instanceof Error ? error.message : String(error);
    reportNotice(output, 'camera', error, `The other side does not see you. ${message}`);
  }
}

function reportNoSound(output: Output, { device, error }: SoundFailure): void {
  const message = error instanceof Error ? error.message : String(error);
  const lacking =
    device === 'microphone'
      ? 'The other side does not hear you.'
      : 'You do not hear the other side.';
  reportNotice(output, device, error, `${lacking} ${message}`);
}

function leaveAfter(call: Call, seconds: number | undefined, enough: AbortController): () => void {
  if (seconds === undefined) return () => undefined;
  let stop: (() => void) | undefined;
  const unsubscribe = call.on('state', ({ phase }) => {
    if (phase === 'live') stop ??= longTimeout(() => enough.abort(), seconds * 1000);
  });
  return () => {
    unsubscribe();
    stop?.();
  };
}

function summarize(
  call: Call,
  { meter, sound }: { readonly meter: FrameMeter; readonly sound: SoundReport },
  output: Output,
  frames: FrameOutput | undefined,
  { wasOpen, hasMet }: { readonly wasOpen: boolean; readonly hasMet: boolean },
): void {
  const { room, state } = call;
  const { sent, dropped } = call.statistics.sent.camera;
  const seen = meter.report();
  const skipped = frames?.skipped ?? 0;
  const invalid = frames?.invalid ?? 0;
  const end = state.phase === 'ended' ? state.end.kind : 'left';
  if (output.json) {
    output.result({ event: 'left', end, sent, dropped, ...seen, skipped, invalid, sound }, '');
  } else if (hasMet) {
    output.note(
      `Left “${room.name}”: ${sent} frames sent, ${seen.received} received${skipped > 0 ? `, ${skipped} not written because the file is full` : ''}${invalid > 0 ? `, ${invalid} not written because they are no JPEG` : ''}.`,
    );
  } else if (end === 'left' && wasOpen) output.note(`Left “${room.name}”.`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
