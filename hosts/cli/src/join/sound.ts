import { resolve } from 'node:path';
import {
  AudioDevices,
  captureTime,
  expandHome,
  type Call,
  type RemoteMicrophone,
  type Roomkey,
} from '@roomkey/core/host';
import { FrameMeter, RecentFrames, type FrameReport } from './frame-meter.js';

/** The microphone and the loudspeaker of `join`. */
export interface SoundOptions {
  /** The device of `--microphone`; absent: the one of the configuration. */
  readonly microphone?: string | undefined;
  /** The device of `--speaker`; absent: the one of the configuration. */
  readonly speaker?: string | undefined;
}

/** Stands for no device, on the command line and in the plugin for it. */
const NONE = 'none';
/** Of 20 ms at 48 kHz. */
const SAMPLES_PER_UNIT = 960;

/**
 * The value of `--microphone` or `--speaker` as a device: a relative path starts at the working folder.
 */
export function parseSoundDevice(text: string | undefined, workingDirectory: string) {
  const [, path] = /^file:(.+)$/s.exec(text ?? '') ?? [];
  return path === undefined ? text : `file:${resolve(workingDirectory, expandHome(path))}`;
}

/**
 * Starts the loudspeaker, and the microphone unless it is `none`: a microphone of silence would tell the
 * other side that there is one. A file begins again when the other side first joins, so that they hear
 * it from its start.
 *
 * @throws RoomkeyError `RK_AUDIO_*`
 */
export async function startSound(
  call: Call,
  roomkey: Pick<Roomkey, 'service'>,
  { microphone, speaker }: SoundOptions,
): Promise<void> {
  await call.speaker.start(speaker === undefined ? {} : { deviceId: speaker });
  const [configured] = microphone === undefined ? await roomkey.service(AudioDevices).inputs() : [];
  const device = microphone ?? configured?.id ?? NONE;
  if (device === NONE) return;
  const start = (): Promise<void> => call.microphone.start({ deviceId: device, processing: true });
  await start();
  if (!device.startsWith('file:')) return;
  const unsubscribe = call.on('state', ({ phase }) => {
    if (phase !== 'live') return;
    unsubscribe();
    // It was open a moment ago; if it is gone, the microphone is off, which the other side is told.
    start().catch(() => undefined);
  });
}

/** The figures of the sound of one side. */
export interface SoundReport {
  /** Units that were sent, without copies. */
  readonly sent: number;
  /** Units of the other side that came, without copies. */
  readonly received: number;
  /** Units that were missing when they had to be played. */
  readonly concealed: number;
  /** Units that came too late to be played. */
  readonly late: number;
  /** Age at arrival, ms: from capture on the other side's clock to arrival on ours. */
  readonly ageMs: { readonly p50: number; readonly p99: number };
}

/** Measures the sound that comes. */
export class SoundMeter {
  readonly #call: Call;
  readonly #meter = new FrameMeter();
  readonly #recent = new RecentFrames(captureTime());

  constructor(call: Call) {
    this.#call = call;
    call.on('sound', ({ capturedAt }) => {
      const now = captureTime();
      for (const meter of [this.#meter, this.#recent]) meter.count(capturedAt, now);
    });
  }

  /** As `RecentFrames.reportAndReset`, of units. */
  reportAndReset(now: number): Pick<FrameReport, 'fps' | 'ageMs'> {
    return this.#recent.reportAndReset(now);
  }

  report(): SoundReport {
    const { received, ageMs } = this.#meter.report();
    const { sent } = this.#call.statistics.sent.microphone;
    const { concealedSamples = 0, lateUnits = 0 } = this.#call.speaker.statistics ?? {};
    const concealed = Math.round(concealedSamples / SAMPLES_PER_UNIT);
    return { sent, received, concealed, late: lateUnits, ageMs };
  }
}

/** Describes a participant's microphone. */
export function describeMicrophone(name: string, microphone: RemoteMicrophone): string {
  if (microphone.isOn) return `${name}’s microphone is ${microphone.isMuted ? 'muted' : 'on'}.`;
  switch (microphone.reason) {
    case 'stopped':
      return `${name}’s microphone is off.`;
    case 'lost':
      return `${name}’s microphone was disconnected.`;
    case 'failed':
      return `${name}’s microphone stopped working.`;
  }
}
