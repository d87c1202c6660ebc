import { setTimeout as sleep } from 'node:timers/promises';
import {
  requestedUnitMs,
  type AudioDevice,
  type AudioDevices,
  type AudioInput,
  type AudioInputRequest,
  type AudioOutput,
  type AudioOutputRequest,
  type OperationOptions,
  type PacerClock,
} from '@roomkey/core';
import {
  builtInInputs,
  builtInOutputs,
  listDevices,
  parseInput,
  parseOutput,
  type NamedDevice,
} from './device-name.js';
import { MixedOutput } from './mixed-output.js';
import { SharedSink } from './mixer.js';
import { openDecoder, openEncoder } from './opus.js';
import { PacedInput } from './paced-input.js';
import { audioClock } from './paced-loop.js';
import { firstSound, ProgramInput } from './program-input.js';
import { ProgramSink } from './program-sink.js';
import { Program } from './program.js';
import { nowhere, type SoundSink } from './sound-sink.js';
import { silence, type SoundSource } from './sound-source.js';
import { tone } from './tone.js';
import { openWavSink } from './wav-sink.js';
import { openWavSource } from './wav-source.js';

/** How long a loudspeaker's program has to find out that it cannot play, ms. */
const START_MS = 300;

/** Options from the plugin. */
export interface CommandAudioOptions {
  /** The microphone for requests that name none. */
  readonly input: string;
  /** The loudspeaker for requests that name none. */
  readonly output: string;
  /** Base folder of relative paths, and the working directory of programs. */
  readonly base: string;
  /** Default: the system's. */
  readonly clock?: PacerClock;
}

/** Sound from and to files and programs. */
export class CommandAudio implements AudioDevices {
  readonly #options: CommandAudioOptions;
  readonly #clock: PacerClock;
  /** The devices for output that were opened so far, by what they are. */
  readonly #sinks = new Map<string, SharedSink>();

  constructor(options: CommandAudioOptions) {
    this.#options = options;
    this.#clock = options.clock ?? audioClock;
  }

  async inputs({ signal }: OperationOptions = {}): Promise<readonly AudioDevice[]> {
    signal?.throwIfAborted();
    return Promise.resolve(listDevices(this.#options.input, builtInInputs));
  }

  async outputs({ signal }: OperationOptions = {}): Promise<readonly AudioDevice[]> {
    signal?.throwIfAborted();
    return Promise.resolve(listDevices(this.#options.output, builtInOutputs));
  }

  async openInput(
    request: AudioInputRequest,
    { signal }: OperationOptions = {},
  ): Promise<AudioInput> {
    signal?.throwIfAborted();
    const unitMs = requestedUnitMs(request);
    const { input, base } = this.#options;
    const device = parseInput(request.deviceId ?? input, base);
    const clock = this.#clock;
    const encoder = await openEncoder();
    try {
      if (device.kind === 'command') {
        const started = clock.now();
        const program = await Program.start(device, base, 'stdout', signal);
        await firstSound(program, signal);
        return new ProgramInput({ program, started, encoder, unitMs, clock });
      }
      const source = await unlessAborted(openSource(device), signal);
      return new PacedInput({ source, encoder, unitMs, clock });
    } catch (error) {
      encoder.free();
      throw error;
    }
  }

  async openOutput(
    request: AudioOutputRequest,
    { signal }: OperationOptions = {},
  ): Promise<AudioOutput> {
    signal?.throwIfAborted();
    const { output, base } = this.#options;
    const device = parseOutput(request.deviceId ?? output, base);
    const decoder = await openDecoder();
    try {
      return await this.#sinkOf(device).use(
        () => unlessAborted(openSink(device, base, signal), signal),
        (mixer) => new MixedOutput({ mixer, decoder, clock: this.#clock }),
        signal,
      );
    } catch (error) {
      decoder.free();
      throw error;
    }
  }

  #sinkOf(device: NamedDevice): SharedSink {
    const key = JSON.stringify(device);
    const sink = this.#sinks.get(key) ?? new SharedSink(this.#clock);
    this.#sinks.set(key, sink);
    return sink;
  }
}

/** Closes what was opened where it is no longer wanted. */
async function unlessAborted<T extends { close(): Promise<void> }>(
  opening: T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const opened = await opening;
  if (signal?.aborted === true) await opened.close();
  signal?.throwIfAborted();
  return opened;
}

function openSource(
  device: Exclude<NamedDevice, { kind: 'command' }>,
): SoundSource | Promise<SoundSource> {
  switch (device.kind) {
    case 'file':
      return openWavSource(device.path);
    case 'tone':
      return tone(device.hz);
    case 'none':
      return silence;
  }
}

async function openSink(
  device: NamedDevice,
  base: string,
  signal: AbortSignal | undefined,
): Promise<SoundSink> {
  switch (device.kind) {
    case 'file':
      return openWavSink(device.path);
    case 'command': {
      const program = await Program.start(device, base, 'stdin', signal);
      // A player without a device ends at once; one that works says nothing.
      await program.until(sleep(START_MS), signal);
      program.opened();
      return new ProgramSink(program);
    }
    default:
      return nowhere;
  }
}
