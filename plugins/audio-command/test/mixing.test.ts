import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { CommandAudio } from '../src/command-audio.js';
import { ManualClock } from './support/manual-clock.js';
import { nodeCommand } from './support/node-command.js';
import { amplitudeAt, RATE, readWav, sine, temporaryFolder, writeWav } from './support/sound.js';

const folder = temporaryFolder();
const pathOf = (name: string) => join(folder.path, name);
const [LOW, HIGH] = [440, 1000];
const AMPLITUDE = 0.2 * 32_768;

beforeAll(() => {
  writeWav(pathOf('low.wav'), sine(LOW, 20, RATE, 0.2));
  writeWav(pathOf('high.wav'), sine(HIGH, 20, RATE, 0.2));
});

function setup() {
  const clock = new ManualClock();
  const audio = new CommandAudio({ input: 'none', output: 'none', base: folder.path, clock });
  /** Plays a file on a device. */
  const play = async (file: string, deviceId: string) => {
    const input = await audio.openInput({ deviceId: `file:${file}`, processing: false });
    const output = await audio.openOutput({ deviceId });
    let number = 0;
    const carried = (async () => {
      for await (const unit of input) output.play({ ...unit, number: number++ });
    })();
    return {
      output,
      close: async () => {
        await input.close();
        await carried;
        await output.close();
      },
    };
  };
  return { clock, audio, play };
}

/** How loud both pitches are, as shares of a full one, in the middle of a second. */
function shares(samples: Int16Array, second: number): readonly [low: number, high: number] {
  const part = samples.subarray((second + 0.4) * RATE, (second + 0.9) * RATE);
  const [low, high] = [LOW, HIGH].map((hz) => Math.round((5 * amplitudeAt(hz, part)) / AMPLITUDE));
  return [(low ?? 0) / 5, (high ?? 0) / 5];
}

describe('two outputs of one device', () => {
  test('are mixed into one file, each with its volume, which ends with the last', async () => {
    const { clock, play } = setup();
    const first = await play('low.wav', 'file:mixed.wav');
    await clock.advance(1000);
    const second = await play('high.wav', 'file:mixed.wav');
    await clock.advance(1000);
    second.output.setVolume(0.4);
    await clock.advance(1000);
    await first.close();
    await clock.advance(1000);
    await second.close();
    const heard = readWav(pathOf('mixed.wav'));
    expect(heard.length / RATE).toBeCloseTo(4, 1);
    expect([0, 1, 2, 3].map((each) => shares(heard, each))).toEqual([
      [1, 0],
      [1, 1],
      [1, 0.4],
      [0, 0.4],
    ]);
  });

  test('begin a new file where both were closed', async () => {
    const { clock, play } = setup();
    const first = await play('low.wav', 'file:new.wav');
    await clock.advance(1000);
    const closed = first.output.close();
    const next = await play('high.wav', 'file:new.wav');
    await closed;
    await first.close();
    await clock.advance(1000);
    await next.close();
    expect(shares(readWav(pathOf('new.wav')), 0)).toEqual([0, 1]);
  });

  test('are mixed into one program', async () => {
    const { clock, play } = setup();
    const device = nodeCommand('sink-program.js', pathOf('never'), pathOf('program.raw'));
    const one = await play('low.wav', device);
    const other = await play('high.wav', device);
    // Slower than a clock that is turned: a program that falls behind loses sound.
    for (let passed = 0; passed < 1000; passed += 100) {
      await clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await one.close();
    await other.close();
    const bytes = Uint8Array.from(readFileSync(pathOf('program.raw')));
    expect(shares(new Int16Array(bytes.buffer), 0)).toEqual([1, 1]);
  });

  test('can be opened by one who waits where another gave up', async () => {
    const { audio, clock } = setup();
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const given = audio.openOutput({ deviceId: 'file:wait.wav' }, { signal: controller.signal });
    const waiting = audio.openOutput({ deviceId: 'file:wait.wav' });
    controller.abort(reason);
    await expect(given).rejects.toBe(reason);
    const output = await waiting;
    await clock.advance(100);
    await output.close();
    expect(readWav(pathOf('wait.wav')).length).toBeGreaterThan(0);
  });
});
