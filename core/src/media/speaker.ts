import type {
  AudioDevices,
  AudioOutput,
  AudioOutputRequest,
  AudioOutputStatistics,
} from '../contracts/audio.js';
import type { WireAudioUnit } from '../wire/index.js';
import { OpenDevice } from './open-device.js';

/** The user's loudspeaker, which plays the sound of the other participant. */
export class Speaker {
  readonly #devices: AudioDevices;
  readonly #onLost: (error: unknown) => void;
  readonly #device = new OpenDevice<AudioOutput>('loudspeaker');
  #volume = 1;

  /** @param onLost the loudspeaker is gone, or closing it failed; `start` tries again */
  constructor(devices: AudioDevices, onLost: (error: unknown) => void) {
    this.#devices = devices;
    this.#onLost = onLost;
  }

  get isOn(): boolean {
    return this.#device.current !== undefined;
  }

  /** Of the open loudspeaker, since it was opened. */
  get statistics(): AudioOutputStatistics | undefined {
    return this.#device.current?.statistics;
  }

  /**
   * Opens the loudspeaker; closes an open one first, so that the device can be changed.
   *
   * @throws RoomkeyError `RK_AUDIO_*`; `RK_CLOSED` if `start` or `stop` was called before it was open
   */
  async start(request: AudioOutputRequest, signal: AbortSignal): Promise<void> {
    await this.#device.open(
      {
        open: (either) => this.#devices.openOutput(request, { signal: either }),
        onOpen: (output) => {
          output.setVolume(this.#volume);
          void output.lost.then((error) => this.#lose(output, error));
        },
        onStopped: () => undefined,
      },
      signal,
    );
  }

  /** Closes the loudspeaker, and aborts one that is being opened. Idempotent. */
  stop(): Promise<void> {
    return this.#device.close();
  }

  /** Sets the volume, 0…1, also of a loudspeaker that is opened later. @throws RangeError outside */
  setVolume(volume: number): void {
    if (!(volume >= 0 && volume <= 1)) {
      throw new RangeError(`The volume must be from 0 to 1, not ${volume}.`);
    }
    this.#volume = volume;
    this.#device.current?.setVolume(volume);
  }

  /** Plays a unit of a stream; without an open loudspeaker it is skipped. */
  play({ sequence, ...unit }: WireAudioUnit, stream: number): void {
    this.#device.current?.play({ ...unit, stream, number: sequence });
  }

  #lose(output: AudioOutput, error: unknown): void {
    if (!this.#device.forget(output)) return;
    this.#onLost(error);
    output.close().catch(this.#onLost);
  }
}
