import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  opusPacketBytes,
  type AudioInput,
  type AudioUnit,
  type AudioUnitMs,
  type PacerClock,
} from '@roomkey/core';
import { CommandAudio } from '../src/command-audio.js';
import { everyInterval } from '../src/paced-loop.js';
import { ManualClock } from './support/manual-clock.js';
import { align, RATE, readWav, sine, temporaryFolder, voice, writeWav } from './support/sound.js';

const folder = temporaryFolder();
const pathOf = (name: string) => join(folder.path, name);

/** A microphone and a loudspeaker, both files, with a network between them that loses nothing. */
async function call(
  input: string,
  output: string,
  unitMs: AudioUnitMs = 20,
): Promise<{
  readonly pass: (ms: number) => Promise<void>;
  readonly input: AudioInput;
  readonly units: readonly AudioUnit[];
  readonly end: () => Promise<void>;
}> {
  const clock = new ManualClock();
  const audio = new CommandAudio({ input, output, base: folder.path, clock });
  const opened = await audio.openInput({ unitMs, processing: true });
  const speaker = await audio.openOutput({});
  const units: AudioUnit[] = [];
  const carried = (async () => {
    for await (const unit of opened) speaker.play({ ...unit, number: units.push(unit) - 1 });
  })();
  return {
    pass: (ms) => clock.advance(ms),
    input: opened,
    units,
    end: async () => {
      await opened.close();
      await carried;
      await speaker.close();
    },
  };
}

describe('a call between two files', () => {
  test.each([10, 20] as const)('carries a voice in units of %i ms', async (unitMs) => {
    const talk = voice(5);
    writeWav(pathOf('talk.wav'), talk);
    const { pass, end } = await call('file:talk.wav', 'file:heard.wav', unitMs);
    await pass(5000);
    await end();
    const heard = readWav(pathOf('heard.wav'));
    expect(Math.abs(heard.length - talk.length)).toBeLessThanOrEqual(0.04 * RATE);
    const { offset, correlation } = align(talk, heard, 0.15 * RATE);
    expect(correlation).toBeGreaterThan(0.9);
    // The buffer, a unit, and what the codec holds back.
    expect(offset).toBeLessThan(0.1 * RATE);
  });

  test('mutes to exact silence, in packets of the same length and at the same pace', async () => {
    writeWav(pathOf('long.wav'), sine(440, 4));
    const { pass, input, units, end } = await call('file:long.wav', 'file:muted.wav');
    await pass(1000);
    input.setMuted(true);
    await pass(1000);
    input.setMuted(false);
    await pass(1000);
    await end();
    expect(units).toHaveLength(150);
    expect(new Set(units.map(({ data }) => data.length))).toEqual(new Set([opusPacketBytes(960)]));
    const muted = units.map((unit) => unit.muted);
    expect(muted.filter(Boolean)).toHaveLength(50);
    expect([muted.indexOf(true), muted.lastIndexOf(true)]).toEqual([50, 99]);

    const heard = readWav(pathOf('muted.wav'));
    let longest = 0;
    let run = 0;
    for (const sample of heard.subarray(0.5 * RATE)) {
      run = sample === 0 ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    // What is left of the second is faded at both ends.
    expect(longest).toBeGreaterThan(0.95 * RATE);
    expect(longest).toBeLessThan(1.05 * RATE);
  });

  test('has no two silent packets that differ, so that they tell nothing of what was said', async () => {
    writeWav(pathOf('long.wav'), sine(440, 4));
    const { pass, input, units, end } = await call('file:long.wav', 'none');
    await pass(200);
    input.setMuted(true);
    await pass(1000);
    await end();
    const packets = units.filter(({ muted }) => muted).map(({ data }) => data.join());
    expect(packets).toHaveLength(50);
    expect(new Set(packets).size).toBe(1);
  });

  test('is quieter at half the volume, and silent at none', async () => {
    writeWav(pathOf('long.wav'), sine(440, 4));
    const clock = new ManualClock();
    const audio = new CommandAudio({
      input: 'file:long.wav',
      output: 'file:volume.wav',
      base: folder.path,
      clock,
    });
    const input = await audio.openInput({ processing: false });
    const output = await audio.openOutput({});
    let number = 0;
    const carried = (async () => {
      for await (const unit of input) output.play({ ...unit, number: number++ });
    })();
    for (const volume of [1, 0.5, 0]) {
      output.setVolume(volume);
      await clock.advance(1000);
    }
    await input.close();
    await carried;
    await output.close();
    const heard = readWav(pathOf('volume.wav'));
    const peak = (from: number) =>
      heard.subarray(from * RATE, (from + 0.4) * RATE).reduce((most, x) => Math.max(most, x), 0);
    expect(peak(1.3) / peak(0.5)).toBeCloseTo(0.5, 1);
    expect(peak(2.3)).toBe(0);
  });
});

describe('the pace', () => {
  /** A clock whose timers fire late, and now and then much too late. */
  class LateClock implements PacerClock {
    #now = 0;
    #waits = 0;

    now(): number {
      return this.#now;
    }

    wait(ms: number): Promise<void> {
      this.#waits += 1;
      this.#now += ms + ((this.#waits * 7.3) % 11) + (this.#waits % 50 === 0 ? 150 : 0);
      return Promise.resolve();
    }
  }

  test.each([10, 20])(
    'is right within 0.1 % over 10 s in intervals of %i ms, however late the timers are',
    async (intervalMs) => {
      const clock = new LateClock();
      const ending = new AbortController();
      const begins: number[] = [];
      await everyInterval(clock, intervalMs, ending.signal, (began) => {
        begins.push(began);
        if (clock.now() >= 10_000) ending.abort();
      });
      const due = Math.floor(clock.now() / intervalMs);
      expect(Math.abs(begins.length - due)).toBeLessThanOrEqual(0.001 * due);
      expect(begins).toEqual(begins.map((_, index) => index * intervalMs));
    },
  );

  test('leaves out what is more than 200 ms ago after a stall', async () => {
    const ending = new AbortController();
    const waits = [5000, 20];
    let now = 0;
    const clock: PacerClock = {
      now: () => now,
      wait: () => {
        now += waits.shift() ?? 0;
        if (waits.length === 0) ending.abort();
        return Promise.resolve();
      },
    };
    const begins: number[] = [];
    await everyInterval(clock, 20, ending.signal, (began) => void begins.push(began));
    expect(begins.length).toBeLessThanOrEqual(11);
  });

  test('of a microphone is that of the computer’s clock', async () => {
    const audio = new CommandAudio({ input: 'none', output: 'none', base: folder.path });
    const input = await audio.openInput({ unitMs: 10, processing: false });
    const units: AudioUnit[] = [];
    for await (const unit of input) if (units.push(unit) === 50) break;
    await input.close();
    const [first, last] = [units[0]?.capturedAt ?? 0, units.at(-1)?.capturedAt ?? 0];
    expect((last - first) % 10).toBeCloseTo(0, 3);
  });
});
