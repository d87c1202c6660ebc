import assert from 'node:assert/strict';
import { durationOf, MAX_BACKLOG_MS } from '../audio-devices/audio-unit-queue.js';
import { captureTime } from '../camera/capture-time.js';
import type { AudioUnit } from '../contracts/audio.js';
import { hasCode } from '../errors/roomkey-error.js';
import { opusPacketBytes, samplesPerUnit, type AudioUnitMs } from '../wire/index.js';
import { PATIENCE_MS, type AudioKit } from './audio-kit.js';
import type { TestRunner } from './runner.js';

/** The loudest sample of silence: a codec makes of it up to the last bit of 16. */
const SILENCE = 0.001;
/** How far a device's clock may differ from ours, ms. */
const CLOCK_STEP = 1000;

/** The cases of `openInput`. */
export function audioInputCases(
  runner: TestRunner,
  { decode, disconnect, pass, withInput }: AudioKit,
): void {
  async function peakOf(units: readonly AudioUnit[]): Promise<number> {
    const samples = await decode(units.map(({ data }) => data));
    return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  }

  /** Muted units are silent, and cannot be told from others by their lengths. */
  async function assertSilent(units: readonly AudioUnit[]): Promise<void> {
    for (const unit of units) {
      assertFormat(unit, 20);
      assert.ok(unit.muted, 'a unit that is not marked as muted');
      assert.equal(unit.level, 0, 'a muted unit with a level');
    }
    const peak = await peakOf(units);
    assert.ok(peak < SILENCE, `muted units have sound: ${peak}`);
  }

  runner.test('gives units of the one format, whatever their length', async () => {
    for (const [request, unitMs] of [
      [{}, 20],
      [{ unitMs: 20 }, 20],
      [{ unitMs: 10 }, 10],
    ] as const) {
      await withInput(async ({ next }) => {
        for (let count = 0; count < 10; count++) assertFormat(await next(), unitMs);
      }, request);
    }
  });

  runner.test('gives sound, with its level', async () => {
    await withInput(async ({ next }) => {
      const units: AudioUnit[] = [];
      for (let count = 0; count < 10; count++) units.push(await next());
      assert.ok((await peakOf(units)) > SILENCE, 'the microphone of the test is silent');
      for (const { level, muted } of units) {
        assert.ok(level > 0 && level <= 1, `a level of ${level}`);
        assert.equal(muted, false, 'muted from the start');
      }
    });
  });

  runner.test('states when the first sample of each unit was captured', async () => {
    const opened = captureTime();
    await withInput(async ({ next }) => {
      let last: AudioUnit | undefined;
      for (let count = 0; count < 10; count++) {
        const unit = await next();
        const { capturedAt } = unit;
        assert.ok(capturedAt > opened - CLOCK_STEP, 'captured before it was opened');
        assert.ok(capturedAt < captureTime() + CLOCK_STEP, 'captured in the future');
        if (last !== undefined) {
          const step = capturedAt - last.capturedAt;
          assert.ok(step > 0.9 * durationOf(last), `a unit after ${step} ms`);
        }
        last = unit;
      }
    });
  });

  runner.test('never gives a slow consumer a backlog of more than 200 ms', async () => {
    await withInput(async ({ next }) => {
      const { capturedAt } = await next();
      await pass(1000);
      const waited = (await next()).capturedAt - capturedAt;
      // One unit was in progress at either end.
      assert.ok(waited >= 1000 - MAX_BACKLOG_MS - 40, `a unit that waited ${1000 - waited} ms`);
    });
  });

  runner.test('does not write to a unit that was given', async () => {
    await withInput(async ({ next }) => {
      const { data } = await next();
      const copy = Uint8Array.from(data);
      for (let count = 0; count < 5; count++) await next();
      assert.deepEqual(Uint8Array.from(data), copy);
    });
  });

  runner.test('muted: gives silence of the same length and at the same pace', async () => {
    await withInput(async ({ input, next }) => {
      for (let count = 0; count < 3; count++) await next();
      input.setMuted(true);
      const units: AudioUnit[] = [];
      for (let count = 0; count < 10; count++) units.push(await next());
      await assertSilent(units);
      for (const [index, { capturedAt }] of units.entries()) {
        const step = capturedAt - (units[index - 1]?.capturedAt ?? capturedAt - 20);
        assert.ok(step < 20 + MAX_BACKLOG_MS, `a muted unit after ${step} ms`);
      }
    });
  });

  runner.test('muted: gives nothing that was captured before', async () => {
    await withInput(async ({ input, next }) => {
      await next();
      await pass(100);
      input.setMuted(true);
      const units: AudioUnit[] = [];
      for (let count = 0; count < 10; count++) units.push(await next());
      await assertSilent(units);
    });
  });

  runner.test('muted: gives nothing that was captured meanwhile when it ends', async () => {
    await withInput(async ({ input, next }) => {
      await next();
      input.setMuted(true);
      const { capturedAt } = await next();
      await pass(100);
      input.setMuted(false);
      const meanwhile: AudioUnit[] = [];
      for (let count = 0; count < 4; count++) {
        const unit = await next();
        if (unit.capturedAt < capturedAt + 80) meanwhile.push(unit);
      }
      await assertSilent(meanwhile);
    });
  });

  runner.test('muted: gives the voice back when it ends', async () => {
    await withInput(async ({ input, next }) => {
      await next();
      input.setMuted(true);
      await next();
      input.setMuted(false);
      let unit = await next();
      for (let count = 0; count < 50 && unit.muted; count++) unit = await next();
      assert.ok(!unit.muted, 'muted for good');
      assert.ok((await peakOf([unit, await next(), await next()])) > SILENCE, 'silent for good');
    });
  });

  runner.test('ends the iteration without an error on close, which is idempotent', async () => {
    await withInput(async ({ input }) => {
      const ended = (async () => {
        for await (const { data } of input) assert.ok(data.length > 0);
      })();
      await pass(40);
      await input.close();
      await ended;
      await input.close();
      input.setMuted(true);
    });
  });

  runner.test('rejects a length of units that there is not', async () => {
    for (const unitMs of [0, 15, 40, NaN]) {
      const request = { unitMs: unitMs as AudioUnitMs };
      await assert.rejects(
        withInput(() => Promise.resolve(), request),
        RangeError,
      );
    }
  });

  if (disconnect === undefined) return;
  runner.test('throws when the microphone goes away', async () => {
    await withInput(async ({ next }) => {
      await next();
      await disconnect();
      await assert.rejects(
        async () => {
          // What it had given before may come first.
          const end = captureTime() + PATIENCE_MS;
          while (captureTime() < end) await next();
        },
        (error) => hasCode(error, 'RK_AUDIO_LOST'),
      );
    });
  });
}

function assertFormat({ data, samples }: AudioUnit, unitMs: AudioUnitMs): void {
  assert.equal(samples, samplesPerUnit(unitMs));
  assert.equal(data.length, opusPacketBytes(samples), 'the length of the packet tells something');
}
