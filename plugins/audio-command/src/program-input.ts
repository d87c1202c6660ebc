import { once } from 'node:events';
import {
  asError,
  AudioCapture,
  opusFormat,
  samplesPerUnit,
  type AudioEncoder,
  type AudioInput,
  type AudioUnit,
  type AudioUnitMs,
  type PacerClock,
} from '@roomkey/core';
import { ArrivalClock, MAX_DRIFT } from './arrival-clock.js';
import type { Freed } from './opus.js';
import { fromPcm, SAMPLE_BYTES } from './pcm.js';
import type { Program } from './program.js';

/** How long a program has for its first sound, ms: a card may take a second to wake. */
const FIRST_SOUND_MS = 5000;
/**
 * What was captured so long before the voice came back may lie in the buffers of the card and the
 * program, ms: two periods of 20 ms, as the documented commands have.
 */
const BUFFERED_MS = 40;

/** What a program's microphone needs. */
export interface ProgramInputOptions {
  readonly program: Program;
  /** When the program was started, by the clock. */
  readonly started: number;
  readonly encoder: AudioEncoder & Freed;
  readonly unitMs: AudioUnitMs;
  readonly clock: PacerClock;
}

/**
 * Waits for a program's first sound.
 *
 * @throws RoomkeyError `RK_AUDIO_FAILED`, `RK_AUDIO_BUSY`; the program is stopped then
 */
export async function firstSound(program: Program, signal: AbortSignal | undefined): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(program.failure(`gave no sound within ${FIRST_SOUND_MS / 1000} s`));
  }, FIRST_SOUND_MS);
  const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  const sound = async (): Promise<void> => {
    await once(program.stdout, 'readable');
    // The end is readable too; what the program says about it is known a little later.
    if (program.stdout.readableLength === 0) await program.ended;
  };
  try {
    await program.until(sound(), either);
  } finally {
    clearTimeout(timer);
  }
  program.opened();
}

/**
 * The raw sound of a program. Its pace is the program's, since a sound card has a clock of its own;
 * a program that is faster than time, such as one that reads a file, is held back.
 */
export class ProgramInput implements AudioInput {
  readonly #options: ProgramInputOptions;
  readonly #capture: AudioCapture;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;

  constructor(options: ProgramInputOptions) {
    this.#options = options;
    const { encoder, clock } = options;
    this.#capture = new AudioCapture(encoder, () => clock.now() + BUFFERED_MS);
    this.#ended = this.#run();
  }

  setMuted(muted: boolean): void {
    this.#capture.setMuted(muted);
  }

  async close(): Promise<void> {
    this.#capture.end();
    this.#closing.abort();
    await this.#options.program.stop();
    await this.#ended;
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#capture[Symbol.asyncIterator]();
  }

  async #run(): Promise<void> {
    const { program, encoder } = this.#options;
    let failure: Error;
    try {
      await this.#read();
      // Without its output a program that runs on is of no use.
      await program.stop();
      failure = await program.ended;
    } catch (error) {
      failure = asError(error);
    }
    // After close() the iteration has ended already, and this changes nothing.
    this.#capture.end(failure);
    encoder.free();
  }

  async #read(): Promise<void> {
    const { program, started, unitMs, clock } = this.#options;
    const unitBytes = samplesPerUnit(unitMs) * SAMPLE_BYTES;
    const arrivals = new ArrivalClock();
    let held: Uint8Array = new Uint8Array();
    let due = started;
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      const arrived = clock.now();
      held = Buffer.concat([held, chunk]);
      while (held.length >= unitBytes) {
        due += unitMs * (1 - MAX_DRIFT);
        const early = due - clock.now();
        if (early > 0) await clock.wait(early, this.#closing.signal);
        const latest = arrived - millisecondsOf(held);
        this.#capture.put(fromPcm(held.subarray(0, unitBytes)), arrivals.next(latest, unitMs));
        held = held.subarray(unitBytes);
      }
    }
  }
}

function millisecondsOf(pcm: Uint8Array): number {
  return (pcm.length * 1000) / SAMPLE_BYTES / opusFormat.sampleRate;
}
