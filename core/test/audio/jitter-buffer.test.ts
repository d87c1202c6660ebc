import { describe, expect, test } from 'vitest';
import { JitterBuffer } from '@roomkey/core/audio';
import { StepMeter, stepLimit } from './measures.js';
import { silence, sine, speech } from './sounds.js';

const voice = sine(440);

/** A buffer, and a sender whose units come 20 ms after each other. */
class Player {
  readonly buffer = new JitterBuffer();
  readonly output: number[] = [];
  readonly first: number;
  #nowMs = 0;

  constructor(first = 0) {
    this.first = first;
  }

  /** Pushes units by their numbers since the first. */
  push(...units: number[]): this {
    for (const unit of units) {
      this.buffer.push({
        number: (this.first + unit) % 2 ** 32,
        mediaTimeUs: 5e9 + unit * 20_000,
        samples: voice(unit * 960, 960),
        arrivalMs: this.#nowMs,
      });
    }
    return this;
  }

  /** Pulls sound for a time in ms. */
  pull(ms: number): this {
    const part = new Float32Array(48);
    for (let i = 0; i < ms; i += 1) {
      this.buffer.pull(part);
      this.output.push(...part);
      this.#nowMs += 1;
    }
    return this;
  }

  /** Plays units that come in time. */
  play(from: number, to: number): this {
    for (let unit = from; unit < to; unit += 1) this.push(unit).pull(20);
    return this;
  }
}

describe('a jitter buffer', () => {
  test('without units gives silence, and counts nothing', () => {
    const player = new Player().pull(100);
    expect(player.output.every((sample) => sample === 0)).toBe(true);
    expect(player.buffer.gauges).toEqual({
      depthMs: 0,
      targetMs: 20,
      mediaTimeUs: undefined,
      underruns: 0,
      playedSamples: 0,
      concealedSamples: 0,
      removedSamples: 0,
      late: 0,
      duplicates: 0,
      dropped: 0,
    });
  });

  test('plays what comes in time, from half a unit after the first', () => {
    const player = new Player().play(0, 50);
    const start = player.output.findIndex((sample) => sample !== 0) / 48;
    expect(start).toBeGreaterThan(8);
    expect(start).toBeLessThan(13);
    expect(player.buffer.gauges).toMatchObject({ underruns: 0, concealedSamples: 0, late: 0 });
    expect(player.buffer.gauges.playedSamples).toBeGreaterThan(48 * 985);
  });

  test('begins at once where units have waited for it', () => {
    const player = new Player().push(...Array.from({ length: 20 }, (_, unit) => unit)).pull(1);
    expect(player.buffer.gauges.playedSamples).toBe(48);
  });

  test('begins with a unit that is there, if too much came before the first pull', () => {
    const player = new Player().push(0, 70).pull(40);
    expect(player.output.some((sample) => sample !== 0)).toBe(true);
    expect(player.buffer.gauges).toMatchObject({ dropped: 1, depthMs: 0, underruns: 1 });
  });

  test('counts the first second without sound as concealed, and what is missing after it', () => {
    const player = new Player().play(0, 20).pull(10_000);
    const { concealedSamples } = player.buffer.gauges;
    expect(concealedSamples / 48).toBeGreaterThan(950);
    expect(concealedSamples / 48).toBeLessThan(1_050);
    // Ten seconds later, with a unit that is missing.
    player.play(520, 530).pull(20).play(531, 541);
    expect(player.buffer.gauges.concealedSamples).toBeGreaterThan(concealedSamples + 480);
  });

  test('says when the sound was captured that is played', () => {
    const { mediaTimeUs, depthMs } = new Player().play(0, 50).buffer.gauges;
    expect(mediaTimeUs).toBeCloseTo(5e9 + (1_000 - depthMs) * 1000, 3);
  });

  test('plays overtaken units in their order', () => {
    const ordered = new Player().play(0, 10).push(10, 11, 12).pull(60);
    const overtaken = new Player().play(0, 10).push(12, 10, 11).pull(60);
    expect(overtaken.output).toEqual(ordered.output);
  });

  test('plays the first of several copies', () => {
    const single = new Player().play(0, 10);
    const copied = new Player();
    for (let unit = 0; unit < 10; unit += 1) {
      copied.push(unit, unit);
      copied.buffer.push({
        number: unit,
        mediaTimeUs: 5e9 + unit * 20_000,
        samples: new Float32Array(960).fill(1),
        arrivalMs: 1_000,
      });
      copied.pull(20);
    }
    expect(copied.output).toEqual(single.output);
    expect(copied.buffer.gauges).toMatchObject({ duplicates: 20, late: 0, targetMs: 20 });
  });

  test('drops a unit that comes after its time, and counts it', () => {
    const player = new Player().play(0, 10).push(11, 12, 13, 14).pull(40);
    expect(player.buffer.gauges.late).toBe(0);
    player.push(10).pull(60);
    expect(player.buffer.gauges).toMatchObject({ late: 1, duplicates: 0 });
    player.push(10);
    expect(player.buffer.gauges).toMatchObject({ late: 1, duplicates: 1 });
  });

  test('counts late units in its target', () => {
    const player = new Player();
    for (let unit = 0; unit < 100; unit += 1) {
      if (unit % 4 !== 3) player.push(unit);
      player.pull(20);
      // 80 ms late: all others came on.
      if (unit % 4 === 2 && unit > 4) player.push(unit - 3);
    }
    expect(player.buffer.gauges.late).toBeGreaterThan(20);
    expect(player.buffer.gauges.targetMs).toBe(100);
  });

  test('does not count units in its target that come more than a second late', () => {
    const player = new Player().play(0, 50);
    player.pull(200).play(60, 160);
    player.push(...Array.from({ length: 10 }, (_, n) => 50 + n));
    expect(player.buffer.gauges).toMatchObject({ late: 10, targetMs: 20 });
  });

  test.each([1, 2, 3, 5, 10])('conceals a loss of %i units, and keeps the timeline', (lost) => {
    const player = new Player().play(0, 20);
    const before = player.buffer.gauges;
    player.pull(20 * lost).play(20 + lost, 60);
    const after = player.buffer.gauges;
    expect(after.concealedSamples).toBe(lost * 960);
    expect(Math.abs(after.depthMs - before.depthMs)).toBeLessThan(1);
    const meter = new StepMeter();
    meter.add(Float32Array.from(player.output));
    expect(meter.largest).toBeLessThan(stepLimit(voice));
  });

  test('goes on within a unit that comes when its beginning has been concealed', () => {
    const player = new Player().play(0, 20).push(21, 22).pull(22);
    const { concealedSamples } = player.buffer.gauges;
    player.push(20).pull(30);
    expect(player.buffer.gauges.concealedSamples).toBeLessThan(960);
    expect(player.buffer.gauges.concealedSamples).toBeGreaterThanOrEqual(concealedSamples);
    expect(player.buffer.gauges.late).toBe(0);
  });

  test('plays numbers that wrap around', () => {
    const wrapped = new Player(2 ** 32 - 25).play(0, 50);
    expect(wrapped.output).toEqual(new Player(7).play(0, 50).output);
    expect(wrapped.buffer.gauges).toMatchObject({ concealedSamples: 0, dropped: 0, late: 0 });
  });

  test('goes on where the sender counts from the beginning again', () => {
    const player = new Player(500_000).play(0, 20);
    for (let unit = 20; unit < 40; unit += 1) {
      player.buffer.push({
        number: unit,
        mediaTimeUs: 5e9 + unit * 20_000,
        samples: voice(unit * 960, 960),
        arrivalMs: unit * 20,
      });
      player.pull(20);
    }
    expect(player.output).toEqual(new Player().play(0, 40).output);
  });

  test('never holds more than a second, however much comes at once', () => {
    const player = new Player().play(0, 10);
    for (let unit = 10; unit < 400; unit += 1) {
      player.push(unit);
      expect(player.buffer.gauges.depthMs).toBeLessThanOrEqual(1_000);
    }
    expect(player.buffer.gauges.depthMs).toBe(1_000);
    expect(player.buffer.gauges.dropped).toBeGreaterThan(330);
    player.pull(100);
    expect(player.buffer.gauges.depthMs).toBeLessThanOrEqual(240 + 40);
  });

  test('skips what is more than 300 ms over its target', () => {
    const units = Array.from({ length: 40 }, (_, unit) => 10 + unit);
    const player = new Player().play(0, 10).push(...units);
    const { depthMs, targetMs } = player.buffer.gauges;
    expect(depthMs).toBeGreaterThan(targetMs + 300);
    player.pull(1);
    const after = player.buffer.gauges;
    expect(after.dropped).toBeGreaterThan(10);
    expect(after.depthMs).toBeLessThan(targetMs + 20);
    player.pull(20);
    const meter = new StepMeter();
    meter.add(Float32Array.from(player.output));
    expect(meter.largest).toBeLessThan(stepLimit(voice));
  });

  test('leaves out whole periods, so that nothing is heard of it', () => {
    // A period of 5 ms, which is also the shortest that is left out.
    const hum = sine(200);
    const buffer = new JitterBuffer();
    const meter = new StepMeter();
    const part = new Float32Array(128);
    const pushUnit = (unit: number, arrivalMs: number): void => {
      const samples = hum(unit * 960, 960);
      buffer.push({ number: unit, mediaTimeUs: unit * 20_000, samples, arrivalMs });
    };
    for (let unit = 0; unit < 15; unit += 1) pushUnit(unit, unit * 20);
    for (let pulls = 0; pulls < 80; pulls += 1) {
      buffer.pull(part);
      if (pulls > 10) meter.add(part);
    }
    expect(buffer.gauges.removedSamples).toBeGreaterThan(960);
    expect(buffer.gauges.removedSamples % 240).toBe(0);
    // No more than the sine itself, 0.5 · 2π · 200 / 48,000 a sample, at the greatest speed.
    expect(meter.largest).toBeLessThan(0.01309 * 1.005);
  });

  test('leaves out no period where units are missing', () => {
    const player = new Player();
    const units = Array.from({ length: 15 }, (_, unit) => unit);
    for (const number of units.filter((unit) => unit % 3 !== 1)) {
      const samples = voice(number * 960, 960);
      player.buffer.push({ number, mediaTimeUs: number * 20_000, samples, arrivalMs: number * 20 });
    }
    player.pull(150);
    expect(player.buffer.gauges.concealedSamples).toBeGreaterThanOrEqual(3 * 960);
    expect(player.buffer.gauges.removedSamples).toBeGreaterThan(0);
    const meter = new StepMeter();
    meter.add(Float32Array.from(player.output));
    expect(meter.largest).toBeLessThan(stepLimit(voice));
  });

  test('plays at most a third faster', () => {
    const buffer = new JitterBuffer();
    const part = new Float32Array(48);
    // The longest periods.
    const hum = sine(67);
    let number = 0;
    const playedMs = (ms: number): number => {
      const before = number * 20 - buffer.gauges.depthMs;
      for (let i = 0; i < ms; i += 1) {
        for (; buffer.gauges.depthMs < 250; number += 1) {
          const samples = hum(number * 960, 960);
          const arrivalMs = number * 20;
          buffer.push({ number, mediaTimeUs: arrivalMs * 1000, samples, arrivalMs });
        }
        buffer.pull(part);
      }
      return number * 20 - buffer.gauges.depthMs - before;
    };
    playedMs(100);
    const speed = playedMs(5_000) / 5_000;
    expect(speed).toBeGreaterThan(1.3);
    expect(speed).toBeLessThan(1.334 * 1.004);
    expect(buffer.gauges.dropped).toBe(0);
  });

  test('treats silence like sound', () => {
    const buffer = new JitterBuffer();
    const part = new Float32Array(960);
    let peak = 0;
    for (let unit = 0; unit < 200; unit += 1) {
      // A burst of 15, single units, and losses.
      const count = unit === 50 ? 15 : 1;
      for (let i = 0; i < count && unit % 10 !== 3; i += 1) {
        const number = unit < 50 ? unit : unit + 14;
        const mediaTimeUs = (number - (count - 1 - i)) * 20_000;
        const samples = silence(0, 960);
        buffer.push({ number: mediaTimeUs / 20_000, mediaTimeUs, samples, arrivalMs: unit * 20 });
      }
      buffer.pull(part);
      peak = part.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
    }
    expect(peak).toBe(0);
    expect(buffer.gauges.removedSamples).toBeGreaterThan(0);
    expect(buffer.gauges.concealedSamples).toBeGreaterThan(0);
  });

  test('fades in from silence and out to silence', () => {
    const player = new Player().play(0, 20).pull(200);
    const { output } = player;
    const start = output.findIndex((sample) => sample !== 0);
    expect(Math.max(...output.slice(start, start + 24).map(Math.abs))).toBeLessThan(0.06);
    expect(output.slice(-48 * 100).every((sample) => sample === 0)).toBe(true);
    const meter = new StepMeter();
    meter.add(Float32Array.from(output));
    expect(meter.largest).toBeLessThan(stepLimit(voice));
  });

  test('outlives samples that are not numbers', () => {
    const player = new Player().play(0, 20);
    player.buffer.push({
      number: 20,
      mediaTimeUs: 5e9 + 20 * 20_000,
      samples: new Float32Array(960).fill(NaN),
      arrivalMs: 400,
    });
    player.pull(20).pull(100).play(26, 60);
    expect(player.output.slice(-48 * 500).every(Number.isFinite)).toBe(true);
  });

  test('after a restart is like new, also for units of another length, and counts on', () => {
    const { buffer } = new Player(9).play(0, 30).push(33, 34, 34);
    const before = buffer.gauges;
    const fresh = new JitterBuffer();
    /** What holds now as in a new buffer; counts go on from those before. */
    const expectLikeFresh = (): void => {
      const { depthMs, targetMs, mediaTimeUs, ...counts } = buffer.gauges;
      const { depthMs: depth, targetMs: target, mediaTimeUs: mediaTime, ...since } = fresh.gauges;
      expect({ depthMs, targetMs, mediaTimeUs }).toEqual({
        depthMs: depth,
        targetMs: target,
        mediaTimeUs: mediaTime,
      });
      for (const [name, count] of Object.entries(counts)) {
        const key = name as keyof typeof counts;
        expect([name, count]).toEqual([name, before[key] + since[key]]);
      }
    };
    buffer.restart();
    expectLikeFresh();
    const outputs = [buffer, fresh].map((each) => {
      const output = new Float32Array(480 * 20);
      for (let n = 0; n < 20; n += 1) {
        const samples = speech(n * 480, 480);
        each.push({ number: n, mediaTimeUs: n * 10_000, samples, arrivalMs: n * 10 });
        const part = new Float32Array(480);
        each.pull(part);
        output.set(part, n * 480);
      }
      return output;
    });
    expect(outputs[0]).toEqual(outputs[1]);
    expectLikeFresh();
  });

  test('after a restart takes another stream, of any numbers, times and length', () => {
    const buffer = new JitterBuffer();
    const play = (from: number, length: number, mediaTimeUs: number): number => {
      const before = buffer.gauges;
      const samples = new Float32Array(length).fill(0.5);
      const part = new Float32Array(length);
      const unitMs = length / 48;
      for (let n = 0; n < 20; n += 1) {
        const time = mediaTimeUs + n * unitMs * 1000;
        buffer.push({ number: from + n, mediaTimeUs: time, samples, arrivalMs: n * unitMs });
        buffer.pull(part);
      }
      const after = buffer.gauges;
      expect(after.playedSamples).toBeGreaterThan(before.playedSamples);
      expect(after.late).toBe(0);
      return after.concealedSamples - before.concealedSamples;
    };
    play(2 ** 31, 960, 3.6e9);
    buffer.restart();
    expect(buffer.gauges).toMatchObject({ depthMs: 0, targetMs: 20, mediaTimeUs: undefined });
    expect(play(0, 480, 0)).toBe(0);
  });

  test.each([0, 1, 479, 481, 961, 1_920])('refuses a first unit of %i samples', (length) => {
    const samples = new Float32Array(length);
    const buffer = new JitterBuffer();
    expect(() => buffer.push({ number: 0, mediaTimeUs: 0, samples, arrivalMs: 0 })).toThrow(
      RangeError,
    );
    buffer.push({ number: 0, mediaTimeUs: 0, samples: new Float32Array(480), arrivalMs: 0 });
    expect(buffer.gauges.depthMs).toBe(10);
  });

  test.each([
    ['of another length', { samples: new Float32Array(480) }],
    ['without a media time', { mediaTimeUs: NaN }],
    ['without an arrival', { arrivalMs: Infinity }],
  ])('refuses a unit %s', (_, wrong) => {
    const player = new Player().play(0, 3);
    const right = { number: 3, mediaTimeUs: 5e9, samples: new Float32Array(960), arrivalMs: 60 };
    expect(() => player.buffer.push({ ...right, ...wrong })).toThrow(RangeError);
    expect(() => player.buffer.push(right)).not.toThrow();
  });
});
