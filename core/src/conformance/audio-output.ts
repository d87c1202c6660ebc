import assert from 'node:assert/strict';
import type { AudioOutput, AudioOutputStatistics, NumberedAudioUnit } from '../contracts/audio.js';
import { hasCode } from '../errors/roomkey-error.js';
import type { AudioKit, OpenOutput } from './audio-kit.js';
import type { TestRunner } from './runner.js';

/** The most that a loudspeaker keeps, whatever it was sent, ms. */
const MAX_DEPTH_MS = 1000;
const UNIT_MS = 20;

/** The cases of `openOutput`. */
export function audioOutputCases(
  runner: TestRunner,
  { disconnect, pass, whilePassing, withOutput }: AudioKit,
): void {
  /** Plays units as they come over a good network, and leaves out some. */
  async function play(
    output: AudioOutput,
    units: readonly NumberedAudioUnit[],
    isLost: (number: number) => boolean = () => false,
  ): Promise<void> {
    for (const unit of units) {
      if (!isLost(unit.number)) output.play(unit);
      await pass(UNIT_MS);
    }
  }

  function test(name: string, use: (output: OpenOutput) => Promise<void>): void {
    runner.test(name, () => withOutput(use));
  }

  test('plays what arrives, with figures that only grow', async ({ output, sound, first }) => {
    const before = output.statistics;
    assert.equal(before.playedSamples, 0, 'it played before there was sound');
    await play(output, sound);
    const { statistics } = output;
    // A third may wait in the buffer, or be lost where the computer was busy.
    const played = heard(statistics);
    assert.ok(played >= (sound.length * first.samples * 2) / 3, `${played} samples played`);
    assert.ok(played <= sound.length * first.samples * 1.01, 'it played more than there was');
    assert.ok(statistics.targetMs >= 20 && statistics.targetMs <= 240, `${statistics.targetMs} ms`);
    assert.ok(statistics.depthMs >= 0 && statistics.depthMs <= MAX_DEPTH_MS);
    assert.ok(statistics.level > 0 && statistics.level <= 1, `a level of ${statistics.level}`);
    await pass(500);
    const after = output.statistics;
    for (const key of ['playedSamples', 'concealedSamples', 'lateUnits', 'underruns'] as const) {
      assert.ok(before[key] <= statistics[key] && statistics[key] <= after[key], `${key} fell`);
    }
    assert.ok(after.underruns > before.underruns, 'the sound ended, and nothing ran dry');
  });

  test('makes up for what is missing', async ({ output, sound }) => {
    await play(output, sound, (number) => number % 10 === 9);
    assert.ok(output.statistics.concealedSamples > 0, 'nothing was concealed');
  });

  test('does not play what comes too late', async ({ output, sound, first }) => {
    await play(output, sound.slice(1));
    // Now nothing waits.
    await pass(500);
    const before = output.statistics;
    output.play(first);
    await pass(100);
    const after = output.statistics;
    assert.equal(after.lateUnits, before.lateUnits + 1, 'it was not counted');
    // What is made up is counted before the correction of the clock, by a few samples.
    assert.ok(heard(after) - heard(before) < first.samples / 2, 'it was played');
  });

  test('plays another stream, whatever came before it', async ({ output, sound, first }) => {
    // Of a clock that is an hour ahead, and after many others.
    const ahead = { number: 2 ** 31, capturedAt: first.capturedAt + 3_600_000 };
    const half = first.data.subarray(0, first.data.length / 2);
    output.play({ ...first, ...ahead, data: half, samples: first.samples / 2, stream: 1 });
    await play(output, [{ ...first, ...ahead, stream: 2 }]);
    const before = output.statistics;
    await play(
      output,
      sound.map((unit) => ({ ...unit, stream: 3 })),
    );
    const { statistics } = output;
    const played = heard(statistics) - heard(before);
    assert.ok(played >= (sound.length * first.samples * 2) / 3, `${played} samples played`);
    assert.ok(statistics.playedSamples >= before.playedSamples, 'a count fell');
    assert.equal(statistics.lateUnits, before.lateUnits, 'it was late');
  });

  test('keeps a bounded amount, whatever it is sent', async ({ output, first }) => {
    for (let number = 0; number < 1000; number++) {
      output.play({ ...first, number, capturedAt: first.capturedAt + number * UNIT_MS });
    }
    await pass(UNIT_MS);
    const { depthMs } = output.statistics;
    assert.ok(depthMs <= MAX_DEPTH_MS, `${depthMs} ms wait`);
  });

  test('goes on after units that make no sense', async ({ output, sound, first }) => {
    for (const broken of brokenUnits(first)) output.play(broken);
    await pass(UNIT_MS);
    await play(
      output,
      sound.map((unit) => ({ ...unit, number: unit.number + 100 })),
    );
    const { statistics } = output;
    assert.ok(heard(statistics) > 0, 'it plays nothing any more');
    for (const [name, value] of Object.entries(statistics)) {
      assert.ok(Number.isFinite(value), `${name} is ${value}`);
    }
  });

  test('plays beside another of the same device, and goes on after its close', async ({
    output,
    openAnother,
    sound,
    first,
  }) => {
    const another = await openAnother();
    try {
      for (const unit of sound) {
        another.play(unit);
        await play(output, [unit]);
      }
      for (const { statistics } of [output, another]) {
        const played = heard(statistics);
        assert.ok(played >= (sound.length * first.samples) / 2, `${played} samples played`);
      }
    } finally {
      await another.close();
    }
    const before = heard(output.statistics);
    await play(output, following(sound));
    const played = heard(output.statistics) - before;
    assert.ok(played >= (sound.length * first.samples) / 2, `${played} samples played after it`);
  });

  test('sets the volume, and refuses one that there is not', ({ output }) => {
    for (const volume of [0, 0.5, 1]) output.setVolume(volume);
    for (const volume of [-0.1, 1.1, NaN]) {
      assert.throws(() => output.setVolume(volume), RangeError);
    }
    return Promise.resolve();
  });

  test('plays nothing after close, which is idempotent', async ({ output, sound, first }) => {
    let isLost = false;
    void output.lost.then(() => (isLost = true));
    output.play(first);
    await output.close();
    const before = output.statistics;
    await play(output, sound.slice(0, 10));
    output.setVolume(1);
    assert.equal(heard(output.statistics), heard(before), 'it played on');
    await output.close();
    assert.ok(!isLost, 'the device was said to be lost');
  });

  if (disconnect === undefined) return;
  test('says that the loudspeaker went away', async ({ output, first }) => {
    await disconnect();
    const lost = await whilePassing(output.lost);
    assert.ok(hasCode(lost, 'RK_AUDIO_LOST'), 'it says something else');
    output.play(first);
  });
}

/** The samples that came from units. */
function heard({ playedSamples, concealedSamples }: AudioOutputStatistics): number {
  return playedSamples - concealedSamples;
}

/** The same sound again, after the first time. */
function following(sound: readonly NumberedAudioUnit[]): NumberedAudioUnit[] {
  return sound.map((unit) => ({
    ...unit,
    number: unit.number + sound.length,
    capturedAt: unit.capturedAt + sound.length * UNIT_MS,
  }));
}

/** What a hostile peer may send. */
function brokenUnits(unit: NumberedAudioUnit): NumberedAudioUnit[] {
  return [
    { ...unit, data: new Uint8Array() },
    { ...unit, data: new Uint8Array(80).fill(0xff) },
    { ...unit, data: new Uint8Array(1 << 20) },
    { ...unit, samples: 0 },
    { ...unit, samples: 2 ** 31 },
    { ...unit, samples: NaN },
    { ...unit, capturedAt: NaN },
    { ...unit, capturedAt: 0 },
    { ...unit, capturedAt: 2 ** 60 },
    { ...unit, number: 2 ** 32 - 1 },
  ];
}
