import {
  captureTime,
  hasCode,
  type AudioInputRequest,
  type AudioOutputRequest,
  type Call,
  type RemoteMicrophone,
} from '@roomkey/core/host';
import type {
  DeviceView,
  FailureView,
  Levels,
  MicrophoneView,
  RemoteMicrophoneView,
  Settings,
  StatisticsView,
} from '../messages/index.js';
import { DeviceController, type CallDevice } from './device-controller.js';
import { LevelMeter, type LevelSource } from './level-meter.js';
import { goesOn, missingBoth } from './sound-failures.js';

/** One end of sound, as core's notices name it. */
export type SoundDevice = 'microphone' | 'speaker';

/** The options of `SoundController`. */
export interface SoundControllerOptions {
  readonly call: Promise<Pick<Call, SoundDevice>>;
  readonly settings: () => Settings;
  /** The active page. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly onLevels: (levels: Levels) => void;
  readonly onNotice: (device: SoundDevice, failure: FailureView) => void;
  readonly failureOf: (error: unknown) => FailureView;
}

/**
 * A device that is lost again so soon after its substitute started is not replaced another time, ms: the
 * system may offer one that never works.
 */
const MIN_LIFE_MS = 5_000;

/** The sound of a call: the own microphone and loudspeaker, and the participant's microphone. */
export class SoundController {
  readonly microphone: DeviceController<AudioInputRequest>;
  readonly speaker: DeviceController<AudioOutputRequest>;
  readonly #options: SoundControllerOptions;
  readonly #meter: LevelMeter;
  #call: Call | undefined;
  #isMuted = false;
  #remote: RemoteMicrophoneView = { kind: 'off' };
  /** Of the units since the last statistics, ms. */
  #ages = { sum: 0, count: 0 };

  constructor(options: SoundControllerOptions) {
    this.#options = options;
    const { call, settings } = options;
    this.microphone = this.#controller(
      'microphone',
      call.then(({ microphone }) => microphone),
      (chosen) => ({ processing: settings().processing, ...chosen }),
      () => settings().microphoneId,
    );
    this.speaker = this.#controller(
      'speaker',
      call.then(({ speaker }) => speaker),
      (chosen) => chosen,
      () => settings().speakerId,
    );
    this.#meter = new LevelMeter(options.onLevels);
  }

  get view(): {
    readonly microphone: MicrophoneView;
    readonly speaker: DeviceView;
    readonly remoteMicrophone: RemoteMicrophoneView;
  } {
    return {
      microphone: { ...this.microphone.view, muted: this.#isMuted },
      speaker: this.speaker.view,
      remoteMicrophone: this.#remote,
    };
  }

  get statistics(): Pick<StatisticsView, 'speaker' | 'soundAgeMs'> {
    const speaker = this.#call?.speaker.statistics;
    const { sum, count } = this.#ages;
    this.#ages = { sum: 0, count: 0 };
    return {
      ...(speaker !== undefined && { speaker }),
      ...(count > 0 && { soundAgeMs: sum / count }),
    };
  }

  follow(call: Call): void {
    this.#call = call;
    call.on('microphone', (microphone) => {
      this.#remote = remoteView(microphone);
      this.#options.onChange();
    });
    call.on('sound', ({ capturedAt }) => {
      this.#ages.sum += captureTime() - capturedAt;
      this.#ages.count += 1;
    });
    call.microphone.setMuted(this.#isMuted);
    this.#setVolume(call);
    this.#meter.start(levelsOf(call));
    void this.#begin();
  }

  /** Call when the participant has left or changed. */
  reset(): void {
    this.#remote = { kind: 'off' };
  }

  setMuted(muted: boolean): void {
    if (muted === this.#isMuted) return;
    this.#isMuted = muted;
    this.#call?.microphone.setMuted(muted);
    this.#options.onChange();
  }

  /** Call when the settings or the active page have changed. */
  refresh(): void {
    if (this.#call !== undefined) this.#setVolume(this.#call);
    void this.microphone.refresh();
    void this.speaker.refresh();
  }

  /** Call when the call ends. */
  end(): void {
    this.#meter.stop();
    this.microphone.end();
    this.speaker.end();
    this.reset();
  }

  /** Starts the devices with the call; says once what is missing. */
  async #begin(): Promise<void> {
    const { settings, onNotice, failureOf } = this.#options;
    const errors: Partial<Record<SoundDevice, unknown>> = {};
    const start = (device: SoundDevice): Promise<void> =>
      this[device].start().catch((error: unknown) => void (errors[device] = error));
    await Promise.all([start('speaker'), settings().microphone ? start('microphone') : undefined]);
    const { microphone, speaker } = errors;
    if (hasCode(microphone, 'RK_AUDIO_NOT_FOUND') && hasCode(speaker, 'RK_AUDIO_NOT_FOUND')) {
      onNotice('microphone', missingBoth);
      return;
    }
    for (const device of ['microphone', 'speaker'] as const) {
      const { view } = this[device];
      // It may have been tried again meanwhile, or the call is over.
      if (device in errors && view.kind === 'failed') onNotice(device, failureOf(errors[device]));
    }
  }

  #controller<Request extends { readonly deviceId?: string }>(
    name: SoundDevice,
    device: Promise<CallDevice<Request>>,
    requestOf: (chosen: { readonly deviceId?: string }) => Request,
    deviceId: () => string | undefined,
  ): DeviceController<Request> {
    const { page, onChange, onNotice, failureOf } = this.#options;
    // The caller reports why the call did not open.
    device.catch(() => undefined);
    let replacedAt = -Infinity;
    return new DeviceController<Request>({
      device,
      request: () => {
        const id = deviceId();
        return requestOf(id === undefined ? {} : { deviceId: id });
      },
      restarts: true,
      page,
      onChange,
      failureOf,
      substitute: (error, failed) => {
        const isLost = hasCode(error, 'RK_AUDIO_LOST');
        if (!isLost && !hasCode(error, 'RK_AUDIO_NOT_FOUND')) return undefined;
        if (isLost ? performance.now() - replacedAt < MIN_LIFE_MS : failed.deviceId === undefined)
          return undefined;
        return requestOf({});
      },
      onSubstitute: (error) => {
        replacedAt = performance.now();
        onNotice(name, goesOn(name, deviceId(), failureOf(error)));
      },
      onRestartFailed: (error) => onNotice(name, failureOf(error)),
    });
  }

  /** Hearing goes by ratios: the square is closer to it than the value. */
  #setVolume(call: Call): void {
    call.speaker.setVolume((this.#options.settings().volume / 100) ** 2);
  }
}

function levelsOf({ microphone, speaker }: Call): LevelSource {
  return () => ({ microphone: microphone.level, speaker: speaker.statistics?.level ?? 0 });
}

function remoteView(microphone: RemoteMicrophone): RemoteMicrophoneView {
  if (microphone.isOn) return { kind: 'on', muted: microphone.isMuted };
  // The microphone of a person who left was not turned off.
  const { reason, sessionOver } = microphone;
  return sessionOver === true ? { kind: 'off' } : { kind: 'off', reason };
}
