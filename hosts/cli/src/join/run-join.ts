import {
  captureTime,
  longTimeout,
  type Call,
  type CallNotice,
  type CallState,
  type CaptureRequest,
} from '@roomkey/core/host';
import type { Output } from '../output.js';
import { FrameMeter, RecentFrames } from './frame-meter.js';
import type { FrameOutput } from './frame-output.js';
import { describeEnd, describeState, stateDocument } from './states.js';

/** How often `--stats` prints, ms. */
const STATISTICS_INTERVAL_MS = 1_000;

/** What `roomkey join` does in the room. */
export interface JoinOptions {
  readonly capture: CaptureRequest;
  /** Whether the person asked for this camera: then there is no call without it. */
  readonly isCameraNamed: boolean;
  /** Where the partner's pictures go; absent: nowhere. */
  readonly frames?: FrameOutput | undefined;
  /** Leaves this many seconds after the partner first came. */
  readonly seconds?: number | undefined;
  /** Leaves after this many of the partner's frames. */
  readonly frameCount?: number | undefined;
  /** Whether a line of figures is printed every second. */
  readonly statistics: boolean;
  /** Whether the room was open when it was found. */
  readonly isOpen: boolean;
  readonly signal: AbortSignal;
}

/**
 * Enters a room and stays until the partner's frames or the seconds are enough, the call ends, or
 * the person leaves.
 *
 * @throws Error why the call ended
 */
export async function runJoin(call: Call, output: Output, options: JoinOptions): Promise<void> {
  const { signal } = options;
  const meter = new FrameMeter();
  const enough = new AbortController();
  report(call, output, options.isOpen);
  const hasMet = followMeeting(call);
  call.on('frame', ({ number, frame }) => {
    meter.count(number, frame.capturedAt, captureTime());
    options.frames?.write(frame);
    if (options.frameCount !== undefined && meter.received >= options.frameCount) enough.abort();
  });
  const ended = whenEnded(call);
  // Awaited below; where `start` fails it says the same.
  ended.catch(() => undefined);
  const timers = [
    leaveAfter(call, options.seconds, enough),
    printStatistics(call, meter, output, options.statistics),
  ];
  try {
    await Promise.race([
      // A camera may take its time to open: no reason not to leave.
      enter(call, options, output).then(() => ended),
      // Ctrl-C is how a person leaves; the exit code says that it was that.
      aborted(signal),
      aborted(enough.signal),
      ...(options.frames === undefined ? [] : [options.frames.failed]),
    ]);
  } finally {
    for (const stop of timers) stop();
    await call.leave();
    await options.frames?.close(signal);
    summarise(call, meter, output, options.frames, hasMet());
  }
}

async function enter(call: Call, options: JoinOptions, output: Output): Promise<void> {
  if (options.isCameraNamed) await call.startCamera(options.capture);
  await call.start();
  if (!options.isCameraNamed) await startCamera(call, options.capture, output);
}

/** Tells of every state and notice. */
function report(call: Call, output: Output, isOpen: boolean): void {
  call.on('state', (state) => {
    if (state.phase === 'ended') {
      const end = describeEnd(state.end, call.room);
      if (end !== undefined) output.note(end);
    } else if (output.json) output.result({ event: 'state', ...stateDocument(state) }, '');
    else output.note(describeState(state, call.room, isOpen));
  });
  call.on('notice', ({ topic, error }) => notice(output, topic, error, error.message));
}

/** @returns whether the partner was there by now */
function followMeeting(call: Call): () => boolean {
  let hasMet = false;
  call.on('state', ({ phase }) => {
    hasMet ||= phase === 'live';
  });
  return () => hasMet;
}

/** Tells of what a person should know and does not end the call. */
function notice(output: Output, topic: CallNotice['topic'], error: unknown, message: string): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (output.json) output.result({ event: 'notice', topic, code, message }, '');
  output.note(`warning: ${message}`);
}

/** Resolves when the call has ended well, and rejects with why it failed. */
async function whenEnded(call: Call): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    call.on('state', (state: CallState) => {
      if (state.phase !== 'ended') return;
      if (state.end.kind === 'failed') reject(state.end.error);
      else resolve();
    });
  });
}

/** A call without a camera is still a call: the person sees the other side, and is told why. */
async function startCamera(call: Call, capture: CaptureRequest, output: Output): Promise<void> {
  try {
    await call.startCamera(capture);
  } catch (error) {
    if (call.state.phase === 'ended') return;
    const message = error instanceof Error ? error.message : String(error);
    notice(output, 'camera', error, `The other side does not see you. ${message}`);
  }
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

function printStatistics(
  call: Call,
  meter: FrameMeter,
  output: Output,
  wanted: boolean,
): () => void {
  if (!wanted) return () => undefined;
  const recent = new RecentFrames(captureTime());
  const unsubscribe = call.on('frame', ({ number, frame }) =>
    recent.count(number, frame.capturedAt, captureTime()),
  );
  const timer = setInterval(() => {
    const { received, outOfOrder } = meter.report();
    const { fps, ageMs } = recent.take(captureTime());
    const { sent } = call.statistics;
    if (output.json) {
      output.result({ event: 'statistics', received, fps, ageMs, outOfOrder, ...sent }, '');
    } else {
      const age = fps > 0 ? `, age p50 ${ageMs.p50} ms` : '';
      output.note(
        `received ${received} (${fps} fps${age}), sent ${sent.sent}, dropped ${sent.dropped}`,
      );
    }
  }, STATISTICS_INTERVAL_MS);
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}

function summarise(
  call: Call,
  meter: FrameMeter,
  output: Output,
  frames: FrameOutput | undefined,
  hasMet: boolean,
): void {
  const { room, state } = call;
  const { sent } = call.statistics;
  const seen = meter.report();
  const skipped = frames?.skipped ?? 0;
  const invalid = frames?.invalid ?? 0;
  const end = state.phase === 'ended' ? state.end.kind : 'left';
  if (output.json) {
    const { sent: count, dropped } = sent;
    output.result({ event: 'left', end, sent: count, dropped, ...seen, skipped, invalid }, '');
  } else if (hasMet) {
    output.note(
      `Left “${room.name}”: ${sent.sent} frames sent, ${seen.received} received${skipped > 0 ? `, ${skipped} not written because the reader was too slow or the file is full` : ''}${invalid > 0 ? `, ${invalid} not written because they are no pictures` : ''}.`,
    );
  } else if (end === 'left') output.note(`Left “${room.name}”.`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
