/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { AudioInput, AudioOutput, AudioUnit } from '@roomkey/core';
import { useChromium } from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { decodePackets, openPage, take, takeUntil } from './support/audio-page.js';
import { recorder, takeRecording } from './support/recorder.js';
import { tone, writeWav } from './support/wav.js';

const peakOf = (samples: Float32Array): number =>
  samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);

/** The largest difference of two samples in a row. */
function largestStep(samples: Float32Array): number {
  return samples.reduce(
    (step, sample, index) => Math.max(step, Math.abs(sample - (samples[index - 1] ?? sample))),
    0,
  );
}

describeWith('chromium', 'a tone in the microphone', () => {
  const sound = writeWav(tone(440, 44_100, 10), 44_100);
  afterAll(() => sound.remove());
  const browser = useChromium('moving', [`--use-file-for-fake-audio-capture=${sound.path}`]);

  /** Plays units as they come from the microphone. */
  async function play(
    input: AudioInput,
    output: AudioOutput,
    numbers: { readonly from: number; readonly to: number },
    change: (unit: AudioUnit) => AudioUnit = (unit) => unit,
  ): Promise<void> {
    let { from } = numbers;
    for await (const unit of input) {
      output.play({ ...change(unit), number: from });
      if (++from === numbers.to) return;
    }
  }

  test.each([
    [20, 80],
    [10, 40],
  ] as const)('every packet of %i ms has %i bytes, muted or not', async (unitMs, bytes) => {
    const { audio } = await openPage(browser());
    const input = await audio.openInput({ processing: true, unitMs });
    const units = await take(input, 20);
    input.setMuted(true);
    units.push(...(await take(input, 20)));
    input.setMuted(false);
    await takeUntil(input, ({ muted }) => !muted);
    units.push(...(await take(input, 20)));
    await input.close();
    expect(new Set(units.map(({ data }) => data.length))).toEqual(new Set([bytes]));
  });

  test('muted sound is silence, and the pace stays', async () => {
    const { audio, page } = await openPage(browser());
    const input = await audio.openInput({ processing: false });
    await take(input, 10);
    input.setMuted(true);
    const muted = await take(input, 30);
    await input.close();
    expect(muted.every((unit) => unit.muted && unit.level === 0)).toBe(true);
    const decoded = await decodePackets(
      page,
      muted.map(({ data }) => data),
    );
    // The decoder filters zeros, which leaves numbers near the least that there is.
    expect(peakOf(decoded)).toBeLessThan(1e-30);
    const [first, last] = [muted[0]?.capturedAt ?? 0, muted.at(-1)?.capturedAt ?? 0];
    expect(Math.abs(last - first - 29 * 20)).toBeLessThan(25);
  });

  test('packets of a hostile peer neither stop the loudspeaker nor hurt', async () => {
    const { audio, page } = await openPage(browser(), recorder);
    const input = await audio.openInput({ processing: false });
    const output = await audio.openOutput({});
    let count = 0;
    await play(input, output, { from: 0, to: 150 }, (unit) => {
      count += 1;
      if (count % 3 !== 0) return unit;
      const data = count % 2 === 0 ? randomBytes(80) : new Uint8Array(80).fill(0xff);
      return { ...unit, data };
    });
    await play(input, output, { from: 150, to: 250 });
    await input.close();
    const { samples } = await takeRecording(page);
    await output.close();
    // A cubic spline may lead a little beyond the samples.
    expect(peakOf(samples)).toBeLessThanOrEqual(1.2);
    expect(peakOf(samples.subarray(-48_000))).toBeGreaterThan(0.2);
  });

  test('800 ms without units end in silence, and the sound comes back without a click', async () => {
    const { audio, page } = await openPage(browser(), recorder);
    const input = await audio.openInput({ processing: false });
    const output = await audio.openOutput({});
    await play(input, output, { from: 0, to: 75 });
    const before = output.statistics;
    await delay(800);
    await play(input, output, { from: 115, to: 190 });
    await input.close();
    const { statistics } = output;
    const { samples } = await takeRecording(page);
    await output.close();
    expect(statistics.underruns).toBeGreaterThan(before.underruns);
    // The tone's own steps are 0.03 at its amplitude of 0.5. The file begins in the middle of a wave, of
    // which the codec makes a click of its own: in the first packet, before anything is played.
    expect(largestStep(samples.subarray(9_600))).toBeLessThan(0.08);
    const silent = samples
      .subarray(48_000)
      .findIndex((_, index, rest) =>
        rest.subarray(index, index + 4800).every((sample) => Math.abs(sample) < 1e-3),
      );
    expect(silent).toBeGreaterThan(0);
    expect(peakOf(samples.subarray(-9600))).toBeGreaterThan(0.2);
  });
});
