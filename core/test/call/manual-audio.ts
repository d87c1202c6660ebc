import type {
  AudioDevices,
  AudioInput,
  AudioInputRequest,
  AudioOutput,
  AudioOutputRequest,
  AudioUnit,
  NumberedAudioUnit,
} from '../../src/contracts/audio.js';
import { AsyncQueue } from '../../src/util/async-queue.js';
import { deferred } from '../../src/util/deferred.js';

/** The id of the input that is the sound of a screen. */
export const SCREEN = 'screen';
/** The device of a unit: the microphone, whatever its id, or the screen. */
type Source = 'microphone' | 'screen';

/** A loudspeaker that is open. */
export interface ManualOutput {
  readonly deviceId: string | undefined;
  readonly played: NumberedAudioUnit[];
  volume: number;
  unplug(error: Error): void;
}

/**
 * A microphone, and a shared screen, that capture a unit when a test says so, and a loudspeaker that
 * keeps what it plays.
 */
export class ManualAudio implements AudioDevices {
  /** What all loudspeakers played. */
  readonly played: NumberedAudioUnit[] = [];
  readonly requests: AudioInputRequest[] = [];
  /** The loudspeakers that are open, oldest first. */
  readonly open: ManualOutput[] = [];
  /** Opening another loudspeaker fails with it. */
  outputError: Error | undefined;
  /** Whether the open microphone is muted; undefined while none is open. */
  muted: boolean | undefined;
  readonly #units = new Map<Source, AsyncQueue<AudioUnit>>();

  inputs = (): Promise<[]> => Promise.resolve([]);

  outputs = (): Promise<[]> => Promise.resolve([]);

  openInput = (request: AudioInputRequest): Promise<AudioInput> => {
    this.requests.push(request);
    const units = new AsyncQueue<AudioUnit>();
    const source = request.deviceId === SCREEN ? 'screen' : 'microphone';
    this.#units.set(source, units);
    const setMuted = (muted: boolean | undefined): void => {
      if (source === 'microphone') this.muted = muted;
    };
    setMuted(false);
    return Promise.resolve({
      [Symbol.asyncIterator]: () => units[Symbol.asyncIterator](),
      setMuted,
      close: () => {
        units.end();
        setMuted(undefined);
        return Promise.resolve();
      },
    });
  };

  openOutput = ({ deviceId }: AudioOutputRequest): Promise<AudioOutput> => {
    if (this.outputError !== undefined) return Promise.reject(this.outputError);
    const lost = deferred<Error>();
    const output: ManualOutput = {
      deviceId,
      played: [],
      volume: 1,
      unplug: (error) => lost.resolve(error),
    };
    this.open.push(output);
    return Promise.resolve({
      lost: lost.promise,
      statistics: {
        depthMs: 20,
        targetMs: 20,
        playedSamples: 0,
        concealedSamples: 0,
        lateUnits: 0,
        underruns: 0,
        level: 0,
      },
      play: (unit) => {
        output.played.push(unit);
        this.played.push(unit);
      },
      setVolume: (volume) => (output.volume = volume),
      close: () => {
        const index = this.open.indexOf(output);
        if (index >= 0) this.open.splice(index, 1);
        return Promise.resolve();
      },
    });
  };

  /** The microphone, or the screen, captures a unit whose packet is the text. */
  capture(text: string, source: Source = 'microphone'): void {
    const muted = source === 'microphone' && this.muted === true;
    const data = new TextEncoder().encode(text);
    const unit = { data, capturedAt: Date.now(), samples: 960, muted, level: muted ? 0 : 0.5 };
    this.#units.get(source)?.put(unit);
  }

  unplugInput(error: Error, source: Source = 'microphone'): void {
    this.#units.get(source)?.end(error);
  }

  /** The device of all open loudspeakers goes away. */
  unplugOutput(error: Error): void {
    for (const output of [...this.open]) output.unplug(error);
  }

  /** The packets that the loudspeakers got, as texts. */
  get heard(): string[] {
    return textsOf(this);
  }
}

/** The packets that a loudspeaker got, as texts. */
export function textsOf({ played }: Pick<ManualOutput, 'played'>): string[] {
  return played.map(({ data }) => new TextDecoder().decode(data));
}
