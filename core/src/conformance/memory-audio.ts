import { AudioCapture, AudioPlayer, checkVolume, requestedUnitMs } from '../audio-devices/index.js';
import { captureTime } from '../camera/capture-time.js';
import type {
  AudioDevice,
  AudioDevices,
  AudioInput,
  AudioInputRequest,
  AudioOutput,
  AudioOutputRequest,
  AudioUnit,
  NumberedAudioUnit,
} from '../contracts/audio.js';
import type { OperationOptions } from '../contracts/options.js';
import { RoomkeyError } from '../errors/roomkey-error.js';
import { deferred } from '../util/deferred.js';
import { samplesPerUnit, type AudioUnitMs } from '../wire/index.js';
import { fakeOpusDecoder, FakeOpusEncoder } from './fake-opus.js';

/** The step in which time passes, ms: that of the loudspeakers, and a part of each unit. */
const STEP_MS = 10;
const LOUDNESS = 0.5;

/**
 * Microphones and loudspeakers for tests. Their clock stands still but for `pass`, and their packets
 * are `FakeOpusEncoder`'s; nothing depends on time.
 */
export class MemoryAudioDevices implements AudioDevices {
  readonly #inputs: readonly AudioDevice[];
  readonly #outputs: readonly AudioDevice[];
  readonly #openInputs = new Set<MemoryAudioInput>();
  readonly #openOutputs = new Set<MemoryAudioOutput>();
  readonly #now = () => this.#time;
  #time = captureTime();

  constructor(
    inputs: readonly AudioDevice[] = [{ id: 'microphone', label: 'Microphone' }],
    outputs: readonly AudioDevice[] = [{ id: 'loudspeaker', label: 'Loudspeaker' }],
  ) {
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  /** Number of open microphones; 0 means that the device was released. */
  get openInputs(): number {
    return this.#openInputs.size;
  }

  /** Number of open loudspeakers. */
  get openOutputs(): number {
    return this.#openOutputs.size;
  }

  /** Lets time pass, in steps of 10 ms: microphones hear a steady sound, loudspeakers play. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#time += STEP_MS;
      for (const input of this.#openInputs) input.pass(this.#time);
      for (const output of this.#openOutputs) output.pass();
    }
  }

  /** Disconnects all devices: what is open ends with `RK_AUDIO_LOST`. */
  disconnect(): void {
    const lost = () => new RoomkeyError('RK_AUDIO_LOST', 'The in-memory sound was disconnected.');
    for (const input of this.#openInputs) input.end(lost());
    for (const output of this.#openOutputs) output.end(lost());
  }

  async inputs({ signal }: OperationOptions = {}): Promise<readonly AudioDevice[]> {
    signal?.throwIfAborted();
    return Promise.resolve(this.#inputs);
  }

  async outputs({ signal }: OperationOptions = {}): Promise<readonly AudioDevice[]> {
    signal?.throwIfAborted();
    return Promise.resolve(this.#outputs);
  }

  async openInput(
    request: AudioInputRequest,
    { signal }: OperationOptions = {},
  ): Promise<AudioInput> {
    signal?.throwIfAborted();
    const unitMs = requestedUnitMs(request);
    await find(this.#inputs, request.deviceId, signal);
    const input = new MemoryAudioInput(unitMs, this.#now, () => this.#openInputs.delete(input));
    this.#openInputs.add(input);
    return input;
  }

  async openOutput(
    request: AudioOutputRequest,
    { signal }: OperationOptions = {},
  ): Promise<AudioOutput> {
    signal?.throwIfAborted();
    await find(this.#outputs, request.deviceId, signal);
    const output = new MemoryAudioOutput(this.#now, () => this.#openOutputs.delete(output));
    this.#openOutputs.add(output);
    return output;
  }
}

async function find(
  devices: readonly AudioDevice[],
  deviceId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isKnown = deviceId === undefined || devices.some(({ id }) => id === deviceId);
  if (!isKnown || devices.length === 0) {
    throw new RoomkeyError(
      'RK_AUDIO_NOT_FOUND',
      `The in-memory sound has no device ‘${deviceId ?? 'first'}’.`,
    );
  }
  // A real device takes time to open and can be aborted meanwhile.
  await Promise.resolve();
  signal?.throwIfAborted();
}

class MemoryAudioInput implements AudioInput {
  readonly #capture: AudioCapture;
  readonly #onEnd: () => void;
  readonly #unitMs: AudioUnitMs;
  readonly #sound: Float32Array;
  #captured: number;

  constructor(unitMs: AudioUnitMs, now: () => number, onEnd: () => void) {
    this.#capture = new AudioCapture(new FakeOpusEncoder(), now);
    this.#onEnd = onEnd;
    this.#unitMs = unitMs;
    this.#sound = new Float32Array(samplesPerUnit(unitMs)).fill(LOUDNESS);
    this.#captured = now();
  }

  pass(time: number): void {
    for (; this.#captured + this.#unitMs <= time; this.#captured += this.#unitMs) {
      this.#capture.put(this.#sound, this.#captured);
    }
  }

  setMuted(muted: boolean): void {
    this.#capture.setMuted(muted);
  }

  end(error?: Error): void {
    this.#onEnd();
    this.#capture.end(error);
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#capture[Symbol.asyncIterator]();
  }
}

class MemoryAudioOutput implements AudioOutput {
  readonly #player: AudioPlayer;
  readonly #onEnd: () => void;
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  readonly #block = new Float32Array(samplesPerUnit(STEP_MS));
  #isEnded = false;

  constructor(now: () => number, onEnd: () => void) {
    this.#player = new AudioPlayer(fakeOpusDecoder, now);
    this.#onEnd = onEnd;
  }

  get statistics() {
    return this.#player.statistics;
  }

  pass(): void {
    this.#player.pull(this.#block);
  }

  play(unit: NumberedAudioUnit): void {
    if (!this.#isEnded) this.#player.play(unit);
  }

  setVolume(volume: number): void {
    checkVolume(volume);
  }

  end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd();
    if (error !== undefined) this.#lost.resolve(error);
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}
