import { SerialQueue, type AudioDevices, type AudioInput } from '@roomkey/core/host';
import type { Levels, Settings } from '../messages/index.js';
import { LevelMeter } from './level-meter.js';

/** Opens the microphone without a call, for a meter in the settings. */
export class MicrophoneTest {
  readonly #devices: () => AudioDevices;
  readonly #settings: () => Settings;
  readonly #meter: LevelMeter;
  readonly #commands = new SerialQueue();
  #input: AudioInput | undefined;

  constructor(
    devices: () => AudioDevices,
    settings: () => Settings,
    onLevels: (levels: Levels) => void,
  ) {
    this.#devices = devices;
    this.#settings = settings;
    this.#meter = new LevelMeter(onLevels);
  }

  /** Opens the chosen microphone in place of an open one. @throws RoomkeyError `RK_AUDIO_*` */
  start(): Promise<void> {
    return this.#commands.run(async () => {
      await this.#close();
      const { microphoneId, processing } = this.#settings();
      const chosen = microphoneId === undefined ? {} : { deviceId: microphoneId };
      const input = await this.#devices().openInput({ ...chosen, processing });
      this.#input = input;
      let level = 0;
      this.#meter.start(() => ({ microphone: level, speaker: 0 }));
      void this.#read(input, (now) => (level = now));
    });
  }

  /** Gives the microphone back. Idempotent. */
  stop(): Promise<void> {
    return this.#commands.run(() => this.#close());
  }

  async #read(input: AudioInput, onLevel: (level: number) => void): Promise<void> {
    try {
      for await (const { level } of input) onLevel(level);
    } catch {
      // It is gone: the meter shows silence, and the next test says why.
    }
    if (this.#input === input) await this.stop();
  }

  async #close(): Promise<void> {
    const input = this.#input;
    this.#input = undefined;
    this.#meter.stop();
    await input?.close();
  }
}
