import { resolve } from 'node:path';
import {
  AudioDevices,
  captureTime,
  expandHome,
  hasCode,
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

type SoundCall = Pick<Call, 'on' | 'microphone' | 'speaker'>;

/** A device of sound that did not start. */
export interface SoundFailure {
  readonly device: 'microphone' | 'speaker';
  readonly error: unknown;
}

/**
 * Starts the loudspeaker, and the microphone unless it is `none`: a microphone of silence would tell the
 * other side that there is one. Whenever the other side joins, what was lost is started again; a file
 * begins again when they first join, so that they hear it from its start.
 *
 * @param onFailure a device that no option names did not start, or one did not start again; the other one
 * goes on
 * @throws RoomkeyError `RK_AUDIO_*` where an option names the device
 */
export async function startSound(
  call: SoundCall,
  roomkey: Pick<Roomkey, 'service'>,
  named: SoundOptions,
  onFailure: (failure: SoundFailure) => void,
): Promise<void> {
  const microphone = named.microphone ?? (await defaultMicrophone(roomkey));
  const request = named.speaker === undefined ? {} : { deviceId: named.speaker };
  const devices = [
    { device: 'speaker', start: () => call.speaker.start(request) },
    ...(microphone === NONE
      ? []
      : [
          {
            device: 'microphone',
            start: () => call.microphone.start({ deviceId: microphone, processing: true }),
          } as const,
        ]),
  ] as const;
  const results = await Promise.allSettled(devices.map(({ start }) => start()));
  const failures = results.flatMap((result, index) => {
    const { device } = devices[index] ?? {};
    return result.status === 'rejected' && device !== undefined
      ? [{ device, error: result.reason as unknown }]
      : [];
  });
  for (const failure of failures) {
    if (named[failure.device] !== undefined) throw failure.error;
    onFailure(failure);
  }
  let isFresh = microphone.startsWith('file:');
  whenJoined(call, () => {
    for (const { device, start } of devices) {
      const isToBegin = device === 'microphone' && isFresh;
      if (call[device].isOn && !isToBegin) continue;
      start().catch((error: unknown) => {
        // The call has ended, or the device was started another time.
        if (!hasCode(error, 'RK_CLOSED')) onFailure({ device, error });
      });
    }
    isFresh = false;
  });
}

/** The microphone of the configuration. */
async function defaultMicrophone(roomkey: Pick<Roomkey, 'service'>): Promise<string> {
  const [configured] = await roomkey.service(AudioDevices).inputs();
  return configured?.id ?? NONE;
}

/** Calls back whenever the other side joins. */
function whenJoined(call: SoundCall, onJoined: () => void): void {
  let wasLive = false;
  call.on('state', ({ phase }) => {
    const isLive = phase === 'live';
    if (isLive && !wasLive) onJoined();
    wasLive = isLive;
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
