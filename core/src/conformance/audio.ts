import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { durationOf } from '../audio-devices/audio-unit-queue.js';
import type { AudioDevices, AudioInputRequest, NumberedAudioUnit } from '../contracts/audio.js';
import { hasCode } from '../errors/roomkey-error.js';
import { audioInputCases } from './audio-input.js';
import { nextOf, whilePassing, type AudioKit, type OpenInput } from './audio-kit.js';
import { audioOutputCases } from './audio-output.js';
import type { TestRunner } from './runner.js';

/** Options of the audio kit. */
export interface AudioConformanceOptions {
  /** Creates the service; called once per test. */
  create(): AudioDevices | Promise<AudioDevices>;
  /** The microphone to open; it must give sound without a pause. Default: the first. */
  readonly inputId?: string;
  /** The loudspeaker to open. Default: the first. */
  readonly outputId?: string;
  /** An id that no device has. */
  readonly unknownDeviceId: string;
  /** Decodes packets of one stream in order, with a decoder of its own: −1…1 at 48 kHz. */
  decode(packets: readonly Uint8Array[]): Float32Array | Promise<Float32Array>;
  /** Lets time pass for the devices, ms; for those with a clock of their own. Default: waits. */
  pass?(ms: number): void | Promise<void>;
  /** Has the open devices go away; for services of which a test can do so. */
  disconnect?(): void | Promise<void>;
}

/** The cases that every `AudioDevices` must pass. */
export function audioConformance(runner: TestRunner, options: AudioConformanceOptions): void {
  const { inputId, outputId, unknownDeviceId } = options;
  const inputRequest: AudioInputRequest = {
    ...(inputId === undefined ? {} : { deviceId: inputId }),
    processing: false,
  };
  const outputRequest = outputId === undefined ? {} : { deviceId: outputId };
  const pass = async (ms: number): Promise<void> => {
    await (options.pass ?? delay)(ms);
  };

  /** Opens a microphone, and closes it after use. */
  async function useInput(
    devices: AudioDevices,
    use: (input: OpenInput) => Promise<void>,
    changes: Partial<AudioInputRequest> = {},
  ): Promise<void> {
    const input = await devices.openInput({ ...inputRequest, ...changes });
    try {
      const units = input[Symbol.asyncIterator]();
      await use({ input, next: () => nextOf(units, pass) });
    } finally {
      await input.close();
    }
  }

  const kit: AudioKit = {
    pass,
    whilePassing: (promise) => whilePassing(promise, pass),
    decode: (packets) => options.decode(packets),
    ...(options.disconnect === undefined ? {} : { disconnect: () => options.disconnect?.() }),
    withInput: async (use, changes) => useInput(await options.create(), use, changes),
    withOutput: async (use) => {
      const devices = await options.create();
      const sound: NumberedAudioUnit[] = [];
      await useInput(devices, async ({ next }) => {
        const began = (await next()).capturedAt;
        while (sound.length < SOUND_UNITS) {
          const unit = await next();
          const number = sound.length;
          // Without the gaps of a busy computer.
          sound.push({ ...unit, number, capturedAt: began + number * durationOf(unit) });
        }
      });
      const [first] = sound;
      assert.ok(first !== undefined);
      const output = await devices.openOutput(outputRequest);
      try {
        await use({ output, openAnother: () => devices.openOutput(outputRequest), sound, first });
      } finally {
        await output.close();
      }
    },
  };

  runner.describe('audio', () => {
    runner.test(
      'lists microphones and loudspeakers, each with a unique id and a label',
      async () => {
        const devices = await options.create();
        for (const listed of [await devices.inputs(), await devices.outputs()]) {
          assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length, 'an id twice');
          for (const { id, label } of listed) assert.ok(id !== '' && label !== '', 'an empty name');
        }
      },
    );

    runner.test('releases a device on close, so that it opens again', async () => {
      const devices = await options.create();
      for (let count = 0; count < 2; count++) {
        await useInput(devices, async ({ next }) => {
          await next();
        });
        await (await devices.openOutput(outputRequest)).close();
      }
    });

    runner.test('rejects with the abort reason, before and during open', async () => {
      const devices = await options.create();
      const reason = new Error('changed my mind');
      const isReason = (error: unknown) => error === reason;
      const signal = AbortSignal.abort(reason);
      await assert.rejects(devices.inputs({ signal }), isReason);
      await assert.rejects(devices.outputs({ signal }), isReason);
      for (const open of [
        (each: AbortSignal) => devices.openInput(inputRequest, { signal: each }),
        (each: AbortSignal) => devices.openOutput(outputRequest, { signal: each }),
      ]) {
        await assert.rejects(open(signal), isReason);
        const controller = new AbortController();
        const opening = open(controller.signal);
        controller.abort(reason);
        await assert.rejects(opening, isReason);
        // Nothing holds the device now.
        await (await open(new AbortController().signal)).close();
      }
    });

    runner.test('rejects an unknown device', async () => {
      const devices = await options.create();
      const isUnknown = (error: unknown) => hasCode(error, 'RK_AUDIO_NOT_FOUND');
      const deviceId = unknownDeviceId;
      await assert.rejects(devices.openInput({ ...inputRequest, deviceId }), isUnknown);
      await assert.rejects(devices.openOutput({ deviceId }), isUnknown);
    });

    audioInputCases(runner, kit);
    audioOutputCases(runner, kit);
  });
}

/** How much sound the cases of a loudspeaker play: a second. */
const SOUND_UNITS = 50;
