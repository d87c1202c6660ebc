/** Devices in memory, each with one fault. */
import type {
  AudioDevices,
  AudioInput,
  AudioInputRequest,
  AudioOutput,
  AudioOutputRequest,
  AudioUnit,
  OperationOptions,
} from '@roomkey/core';
import { FakeOpusEncoder, type MemoryAudioDevices } from '@roomkey/core/conformance';

/** The devices, with other methods in the place of some. */
export function withDevices(
  memory: MemoryAudioDevices,
  changes: (memory: MemoryAudioDevices) => Partial<AudioDevices>,
): AudioDevices {
  return {
    inputs: (options?: OperationOptions) => memory.inputs(options),
    outputs: (options?: OperationOptions) => memory.outputs(options),
    openInput: (request: AudioInputRequest, options?: OperationOptions) =>
      memory.openInput(request, options),
    openOutput: (request: AudioOutputRequest, options?: OperationOptions) =>
      memory.openOutput(request, options),
    ...changes(memory),
  };
}

/** Devices whose microphones are changed. */
export function withInput(
  change: (input: AudioInput, memory: MemoryAudioDevices) => Partial<AudioInput>,
) {
  return (devices: MemoryAudioDevices) =>
    withDevices(devices, (memory) => ({
      openInput: async (request, options) => {
        const input = await memory.openInput(request, options);
        return {
          setMuted: (muted) => input.setMuted(muted),
          close: () => input.close(),
          [Symbol.asyncIterator]: () => input[Symbol.asyncIterator](),
          ...change(input, memory),
        };
      },
    }));
}

/** Devices whose loudspeakers are changed. */
export function withOutput(change: (output: AudioOutput) => Partial<AudioOutput>) {
  return (devices: MemoryAudioDevices) =>
    withDevices(devices, (memory) => ({
      openOutput: async (request, options) => {
        const output = await memory.openOutput(request, options);
        const changed = change(output);
        return {
          lost: changed.lost ?? output.lost,
          play: changed.play ?? ((unit) => output.play(unit)),
          setVolume: changed.setVolume ?? ((volume) => output.setVolume(volume)),
          close: changed.close ?? (() => output.close()),
          get statistics() {
            return changed.statistics ?? output.statistics;
          },
        };
      },
    }));
}

/** Devices whose units go through a function. */
export function eachUnit(change: (unit: AudioUnit, index: number) => AudioUnit) {
  return withInput((input) => ({
    [Symbol.asyncIterator]: async function* () {
      let index = 0;
      for await (const unit of input) yield change(unit, index++);
    },
  }));
}

/** A microphone whose units are collected as they come, without a bound, and then changed. */
export function collecting(onMute: 'keeps' | 'drops') {
  return withInput((input) => {
    const units: AudioUnit[] = [];
    let wake: (() => void) | undefined;
    let isOver = false;
    void (async () => {
      for await (const unit of input) {
        units.push(unit);
        wake?.();
      }
    })()
      .catch(() => undefined)
      .finally(() => {
        isOver = true;
        wake?.();
      });
    return {
      setMuted: (muted) => {
        input.setMuted(muted);
        if (onMute === 'drops') units.length = 0;
      },
      [Symbol.asyncIterator]: async function* () {
        for (;;) {
          const unit = units.shift();
          if (unit !== undefined) yield unit;
          else if (isOver) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
  });
}

/** A unit with the voice that it would have without muting. */
export function loud({ samples, ...unit }: AudioUnit): AudioUnit {
  const data = new FakeOpusEncoder().encode(new Float32Array(samples).fill(0.5));
  return { ...unit, samples, data };
}
