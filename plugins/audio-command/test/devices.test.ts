import { describe, expect, test } from 'vitest';
import type { AudioDevices, PluginContext } from '@roomkey/core';
import { ArrivalClock } from '../src/arrival-clock.js';
import plugin from '../src/index.js';
import { tone } from '../src/tone.js';
import { configSchema } from '../src/config.js';

const context = { folders: { base: '/base' } } as PluginContext;

function create(
  config: { input?: string; output?: string } = {},
): AudioDevices | Promise<AudioDevices> {
  return plugin.create(context, configSchema.parse(config));
}

describe('the devices', () => {
  test('are silence unless something else is configured', async () => {
    const audio = await create();
    expect(await audio.inputs()).toEqual([
      { id: 'none', label: 'No microphone' },
      { id: 'tone', label: 'Test tone' },
    ]);
    expect(await audio.outputs()).toEqual([{ id: 'none', label: 'No loudspeaker' }]);
    const input = await audio.openInput({ processing: false });
    for await (const { level, muted } of input) {
      expect([level, muted]).toEqual([0, false]);
      break;
    }
    await input.close();
  });

  test.each([
    [{ input: 'mic' }, 'input', '‘mic’ is not a sound device'],
    [{ input: 'tone:9' }, 'input', 'A test tone has 50 to 8000 Hz'],
    [{ output: 'tone' }, 'output', '‘tone’ is not a sound device'],
    [{ output: 'command:"pacat' }, 'output', 'is not closed'],
  ])('are refused in the configuration where they can be none: %j', (config, key, message) => {
    const { error } = configSchema.safeParse(config);
    expect(error?.issues).toMatchObject([
      { path: [key], message: expect.stringContaining(message) as string },
    ]);
  });

  test.each([
    ['file:~/talk.wav', 'talk.wav'],
    ["command:'/opt/my sound/record' --password x", 'record'],
    ['tone:440', 'Test tone, 440 Hz'],
    ['tone', 'Test tone'],
  ])('begin with the configured one: %s', async (input, label) => {
    const [first, ...others] = await (await create({ input })).inputs();
    expect(first).toEqual({ id: input, label });
    expect(others.map(({ id }) => id)).not.toContain(input);
  });

  test.each(['tone:1', 'tone:x', 'fil:talk.wav', 'file:', 'microphone', ''])(
    'do not have ‘%s’',
    async (deviceId) => {
      const audio = await create();
      const notFound = { code: 'RK_AUDIO_NOT_FOUND' };
      await expect(audio.openInput({ deviceId, processing: false })).rejects.toMatchObject(
        notFound,
      );
      await expect(audio.openOutput({ deviceId })).rejects.toMatchObject(notFound);
    },
  );

  test('have no tone for a loudspeaker', async () => {
    await expect((await create()).openOutput({ deviceId: 'tone' })).rejects.toThrow(
      'Give none, file:PATH.wav or command:PROGRAM.',
    );
  });
});

describe('the test tone', () => {
  const SECOND = 1_790_000_005_000;

  async function read(capturedAt: number, ms: number, hz = 1000): Promise<Float32Array> {
    const samples = new Float32Array(ms * 48);
    await tone(hz).read(samples, capturedAt);
    return samples;
  }

  const peak = (samples: Float32Array) => Math.max(...samples.map(Math.abs));

  test('beeps for 100 ms at each full second, at a low level', async () => {
    const samples = await read(SECOND - 500, 1000);
    const first = samples.findIndex((sample) => Math.abs(sample) > 0.001);
    expect(first / 48).toBeCloseTo(500, 0);
    expect(peak(samples.subarray(0, 24_000))).toBe(0);
    expect(peak(samples.subarray(28_800))).toBe(0);
    expect(peak(samples)).toBeCloseTo(0.1, 2);
  });

  test('is the same however it is cut', async () => {
    const whole = await read(SECOND, 100);
    const second = await read(SECOND + 20, 20);
    second.forEach((sample, index) => expect(sample).toBeCloseTo(whole[960 + index] ?? 0, 4));
  });

  test('is an octave higher at each tenth second', async () => {
    const crossings = (samples: Float32Array) =>
      samples.filter((sample, index) => sample >= 0 && (samples[index - 1] ?? 0) < 0).length;
    const [low, high] = [await read(SECOND, 100), await read(SECOND + 5000, 100)];
    expect(crossings(high) / crossings(low)).toBeCloseTo(2, 1);
  });
});

describe('ArrivalClock', () => {
  test('follows the earliest pieces of a source that is jittery', () => {
    const clock = new ArrivalClock();
    let captured = 0;
    let worst = 0;
    for (let unit = 0; unit < 3000; unit++) {
      const jitter = (unit * 7919) % 30;
      captured = clock.next(1000 + unit * 20 + jitter, 20);
      if (unit > 500) worst = Math.max(worst, Math.abs(captured - (1000 + unit * 20)));
    }
    expect(worst).toBeLessThan(2);
  });

  test.each([-0.0003, 0.0003])('follows a card whose clock is off by %d', (drift) => {
    const clock = new ArrivalClock();
    let off = 0;
    for (let unit = 0; unit < 30_000; unit++) {
      const latest = unit * 20 * (1 + drift);
      off = clock.next(latest, 20) - latest;
    }
    expect(Math.abs(off)).toBeLessThan(1);
  });

  test('never goes back, and shows a gap', () => {
    const clock = new ArrivalClock();
    clock.next(1000, 20);
    expect(clock.next(900, 20)).toBeGreaterThan(1019);
    expect(clock.next(5000, 20)).toBe(5000);
  });
});
