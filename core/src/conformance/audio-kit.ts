import assert from 'node:assert/strict';
import { captureTime } from '../camera/capture-time.js';
import type {
  AudioInput,
  AudioInputRequest,
  AudioOutput,
  AudioUnit,
  NumberedAudioUnit,
} from '../contracts/audio.js';

/** An open microphone, and a way to take its units one at a time. */
export interface OpenInput {
  readonly input: AudioInput;
  /** Takes the next unit, and lets time pass until it is there. */
  readonly next: () => Promise<AudioUnit>;
}

/** An open loudspeaker, and units that it can play. */
export interface OpenOutput {
  readonly output: AudioOutput;
  /** Opens its device another time; the caller closes that. */
  readonly openAnother: () => Promise<AudioOutput>;
  /** A second of sound from the service's own microphone. */
  readonly sound: readonly NumberedAudioUnit[];
  /** Its first unit. */
  readonly first: NumberedAudioUnit;
}

/** What the cases of both ends share. */
export interface AudioKit {
  readonly decode: (packets: readonly Uint8Array[]) => Float32Array | Promise<Float32Array>;
  /** Has the open devices go away, if a test can do so. */
  readonly disconnect?: () => void | Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
  /** Waits for a promise while time passes. */
  readonly whilePassing: <T>(promise: Promise<T>) => Promise<T>;
  readonly withInput: (
    use: (input: OpenInput) => Promise<void>,
    changes?: Partial<AudioInputRequest>,
  ) => Promise<void>;
  readonly withOutput: (use: (output: OpenOutput) => Promise<void>) => Promise<void>;
}

/** Takes the next unit while time passes. */
export async function nextOf(
  units: AsyncIterator<AudioUnit>,
  pass: (ms: number) => Promise<void>,
): Promise<AudioUnit> {
  const result = await whilePassing(units.next(), pass);
  assert.ok(result.done !== true, 'the iteration ended without close()');
  return result.value;
}

/** Waits for a promise while time passes; none passes for one that is settled already. */
export async function whilePassing<T>(
  promise: Promise<T>,
  pass: (ms: number) => Promise<void>,
): Promise<T> {
  const end = captureTime() + PATIENCE_MS;
  const yes = () => true;
  const settled = promise.then(yes, yes);
  let other = new Promise<void>((resolve) => setImmediate(resolve));
  while (!(await Promise.race([settled, other.then(() => false)]))) {
    assert.ok(captureTime() < end, `nothing came within ${PATIENCE_MS} ms`);
    other = pass(STEP_MS);
  }
  return promise;
}

const STEP_MS = 10;
/** How long a busy computer may take, ms. */
export const PATIENCE_MS = 10_000;
