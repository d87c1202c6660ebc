import type {
  AudioDevices,
  AudioOutput,
  AudioOutputRequest,
  AudioOutputStatistics,
} from '../contracts/audio.js';
import { hasCode } from '../errors/index.js';
import type { WireAudioUnit } from '../wire/index.js';
import type { AudioKind } from './audio-protocol.js';
import { OpenDevice } from './open-device.js';

/** How a loudspeaker was opened. */
interface Opened {
  readonly request: AudioOutputRequest;
  readonly signal: AbortSignal;
}

/**
 * The user's loudspeaker. It plays the microphone of the other participant, and beside it the sound of
 * their screen, for which the same device is opened a second time: each has its own jitter buffer.
 */
export class Speaker {
  readonly #devices: AudioDevices;
  readonly #onLost: (kind: AudioKind, error: unknown) => void;
  readonly #outputs: Readonly<Record<AudioKind, OpenDevice<AudioOutput>>> = {
    microphone: new OpenDevice('loudspeaker'),
    screen: new OpenDevice('loudspeaker'),
  };
  #volume = 1;
  /** Of the loudspeaker that is open. */
  #opened: Opened | undefined;
  #hasScreen = false;

  /**
   * @param onLost `microphone`: the loudspeaker is gone, or closing it failed; `start` tries again;
   * `screen`: only the sound of the screen cannot be played
   */
  constructor(devices: AudioDevices, onLost: (kind: AudioKind, error: unknown) => void) {
    this.#devices = devices;
    this.#onLost = onLost;
  }

  get isOn(): boolean {
    return this.#outputs.microphone.current !== undefined;
  }

  /** Of the open loudspeaker, since it was opened; without the sound of a screen. */
  get statistics(): AudioOutputStatistics | undefined {
    return this.#outputs.microphone.current?.statistics;
  }

  /**
   * Opens the loudspeaker; closes an open one first, so that the device can be changed.
   *
   * @throws RoomkeyError `RK_AUDIO_*`; `RK_CLOSED` if `start` or `stop` was called before it was open
   */
  async start(request: AudioOutputRequest, signal: AbortSignal): Promise<void> {
    await this.#open('microphone', { request, signal }, (opened) => {
      this.#opened = opened;
      this.#updateScreen();
    });
  }

  /** Closes the loudspeaker, and aborts one that is being opened. Idempotent. */
  async stop(): Promise<void> {
    // The screen's follows it.
    await this.#outputs.microphone.close();
    await this.#outputs.screen.close();
  }

  /** Sets whether the other participant sends the sound of their screen. */
  setScreen(isOn: boolean): void {
    this.#hasScreen = isOn;
    this.#updateScreen();
  }

  /** Sets the volume, 0…1, also of a loudspeaker that is opened later. @throws RangeError outside */
  setVolume(volume: number): void {
    if (!(volume >= 0 && volume <= 1)) {
      throw new RangeError(`The volume must be from 0 to 1, not ${volume}.`);
    }
    this.#volume = volume;
    for (const { current } of Object.values(this.#outputs)) current?.setVolume(volume);
  }

  /** Plays a unit of a stream; without an open loudspeaker it is skipped. */
  play(kind: AudioKind, { sequence, ...unit }: WireAudioUnit, stream: number): void {
    this.#outputs[kind].current?.play({ ...unit, stream, number: sequence });
  }

  /** @param onChange called when it is open, and with `undefined` when it is no longer */
  async #open(
    kind: AudioKind,
    opened: Opened,
    onChange: (opened: Opened | undefined) => void = () => undefined,
  ): Promise<void> {
    await this.#outputs[kind].open(
      {
        open: (signal) => this.#devices.openOutput(opened.request, { signal }),
        onOpen: (output) => {
          output.setVolume(this.#volume);
          void output.lost.then((error) => this.#lose(kind, output, error));
          onChange(opened);
        },
        onStopped: () => onChange(undefined),
      },
      opened.signal,
    );
  }

  /** Opens the screen's on the device of the other while there is sound for it, and closes it else. */
  #updateScreen(): void {
    const change =
      this.#opened !== undefined && this.#hasScreen
        ? this.#open('screen', this.#opened)
        : this.#outputs.screen.close();
    change.catch((error: unknown) => {
      // A later change came before it was open.
      if (!hasCode(error, 'RK_CLOSED')) this.#onLost('screen', error);
    });
  }

  #lose(kind: AudioKind, output: AudioOutput, error: unknown): void {
    if (!this.#outputs[kind].forget(output)) return;
    output.close().catch((closing: unknown) => this.#onLost(kind, closing));
    if (kind === 'microphone') {
      this.#opened = undefined;
      this.#updateScreen();
    }
    // A device that is gone is gone for both.
    if (kind === 'microphone' || this.#opened !== undefined) this.#onLost(kind, error);
  }
}
