import type {
  AudioDevices,
  AudioInput,
  AudioInputRequest,
  AudioOutput,
  AudioUnit,
  NumberedAudioUnit,
} from '../../src/contracts/audio.js';
import { AsyncQueue } from '../../src/util/async-queue.js';
import { deferred } from '../../src/util/deferred.js';

/** A microphone that captures a unit when a test says so, and a loudspeaker that keeps what it plays. */
export class ManualAudio implements AudioDevices {
  readonly played: NumberedAudioUnit[] = [];
  readonly requests: AudioInputRequest[] = [];
  volume = 1;
  /** Whether the open microphone is muted; undefined while none is open. */
  muted: boolean | undefined;
  #units: AsyncQueue<AudioUnit> | undefined;
  #lost = deferred<Error>();

  inputs = (): Promise<[]> => Promise.resolve([]);

  outputs = (): Promise<[]> => Promise.resolve([]);

  openInput = (request: AudioInputRequest): Promise<AudioInput> => {
    this.requests.push(request);
    const units = new AsyncQueue<AudioUnit>();
    this.#units = units;
    this.muted = false;
    return Promise.resolve({
      [Symbol.asyncIterator]: () => units[Symbol.asyncIterator](),
      setMuted: (muted) => (this.muted = muted),
      close: () => {
        units.end();
        this.muted = undefined;
        return Promise.resolve();
      },
    });
  };

  openOutput = (): Promise<AudioOutput> => {
    this.#lost = deferred<Error>();
    return Promise.resolve({
      lost: this.#lost.promise,
      statistics: {
        depthMs: 20,
        targetMs: 20,
        playedSamples: 0,
        concealedSamples: 0,
        lateUnits: 0,
        underruns: 0,
        level: 0,
      },
      play: (unit) => void this.played.push(unit),
      setVolume: (volume) => (this.volume = volume),
      close: () => Promise.resolve(),
    });
  };

  /** The microphone captures a unit whose packet is the text. */
  capture(text: string): void {
    const muted = this.muted === true;
    const data = new TextEncoder().encode(text);
    this.#units?.put({ data, capturedAt: Date.now(), samples: 960, muted, level: muted ? 0 : 0.5 });
  }

  unplugInput(error: Error): void {
    this.#units?.end(error);
  }

  unplugOutput(error: Error): void {
    this.#lost.resolve(error);
  }

  /** The packets that the loudspeaker got, as texts. */
  get heard(): string[] {
    return this.played.map(({ data }) => new TextDecoder().decode(data));
  }
}
