import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type AudioInput,
  type AudioOutput,
  type AudioUnit,
  type NumberedAudioUnit,
  type PageModules,
  type PluginContext,
  silentPacket,
} from '@roomkey/core';
import { BrowserAudio } from '../src/browser-audio.js';
import plugin from '../src/index.js';
import { PREFIX_BYTES, SCREEN } from '../src/messages.js';
import { LIST_LIMIT_MS } from '../src/page-audio.js';
import { take } from './support/audio-page.js';
import { MemoryPage, unitMessage, type UnitChanges } from './support/memory-page.js';

const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;
const SILENT = { muted: true, level: 0, data: silentPacket(960) };

let audio: BrowserAudio;
let page: MemoryPage;
beforeEach(() => {
  audio = new BrowserAudio();
  page = new MemoryPage();
});

async function openInput(): Promise<AudioInput> {
  audio.setPage(page.channel);
  const opened = audio.openInput({ processing: true });
  page.send({ kind: 'opened', device: page.opening });
  return opened;
}

async function openOutput(): Promise<AudioOutput> {
  audio.setPage(page.channel);
  const opened = audio.openOutput({});
  page.send({ kind: 'opened', device: page.opening });
  return opened;
}

const sendUnit = (changes: UnitChanges = {}): void =>
  page.send(unitMessage({ device: page.opening, ...changes }));

const unit = (changes: Partial<NumberedAudioUnit> = {}): NumberedAudioUnit => ({
  number: 0,
  capturedAt: 1000,
  samples: 960,
  muted: false,
  data: new Uint8Array(80),
  ...changes,
});

function report(device: number, received: number): void {
  const statistics = {
    ...{ depthMs: 30.5, targetMs: 40, playedSamples: 960, concealedSamples: 10 },
    ...{ lateUnits: 1, underruns: 2, level: 0.25 },
  };
  page.send({ kind: 'statistics', device, received, statistics });
}

describe('sound without a page', () => {
  test.each<[string, (() => void) | undefined]>([
    ['before one came', undefined],
    ['after it went', () => page.leave()],
    ['after it was closed', () => audio.close()],
  ])('has no devices and opens nothing: %s', async (_, leave) => {
    if (leave !== undefined) audio.setPage(page.channel);
    leave?.();
    expect(await audio.inputs()).toEqual([]);
    expect(await audio.outputs()).toEqual([]);
    await expect(audio.openInput({ processing: true })).rejects.toEqual(code('RK_AUDIO_NOT_FOUND'));
    await expect(audio.openOutput({})).rejects.toThrow('no window is open');
    expect(page.received).toEqual([]);
  });
});

describe('the list of devices', () => {
  test('is that of the page', async () => {
    audio.setPage(page.channel);
    const [inputs, outputs] = [audio.inputs(), audio.outputs()];
    const screen = { id: SCREEN, label: 'Film', kind: 'screen' };
    const lists = { inputs: [{ id: 'a', label: 'A' }, screen], outputs: [{ id: 'b', label: 'B' }] };
    for (const { id } of page.received as { id: number }[]) {
      page.send({ kind: 'devices', id, ...lists });
    }
    expect(await inputs).toEqual(lists.inputs);
    expect(await outputs).toEqual(lists.outputs);
  });

  test('is empty if the page goes away meanwhile', async () => {
    audio.setPage(page.channel);
    const inputs = audio.inputs();
    page.leave();
    expect(await inputs).toEqual([]);
  });

  describe('of a page that hangs', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    test('times out', async () => {
      audio.setPage(page.channel);
      const failed = expect(audio.outputs()).rejects.toEqual(code('RK_PLUGIN_TIMEOUT'));
      vi.advanceTimersByTime(LIST_LIMIT_MS);
      await failed;
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});

describe('opening a device', () => {
  test.each([
    ['NotAllowedError', 'RK_AUDIO_DENIED', 'allow it when you are asked'],
    ['NotFoundError', 'RK_AUDIO_NOT_FOUND', 'Connect one'],
    ['OverconstrainedError', 'RK_AUDIO_NOT_FOUND', 'Connect one'],
    ['NotReadableError', 'RK_AUDIO_BUSY', 'close that program'],
    ['AbortError', 'RK_AUDIO_BUSY', 'close that program'],
    ['NoSound', 'RK_AUDIO_FAILED', 'gives no sound'],
    ['NotSupportedError', 'RK_AUDIO_DENIED', 'Open Roomkey in Chromium'],
    ['TypeError', 'RK_AUDIO_FAILED', 'choose another microphone'],
    ['constructor', 'RK_AUDIO_FAILED', 'choose another microphone'],
  ])('a microphone that fails with %s is reported as %s', async (name, expected, words) => {
    audio.setPage(page.channel);
    const opened = audio.openInput({ processing: true });
    const failure = { name, message: 'said the browser' };
    page.send({ kind: 'failed', device: page.opening, failure });
    await expect(opened).rejects.toMatchObject({
      code: expected,
      message: expect.stringMatching(new RegExp(`^(?!.*said the browser).*${words}`)) as string,
      cause: { message: `${name}: said the browser` },
    });
  });

  test.each([
    ['NotFoundError', 'RK_AUDIO_NOT_FOUND', 'No screen is shared with its sound'],
    ['EncodingError', 'RK_AUDIO_FAILED', 'Share the screen again'],
  ])(
    'the sound of a screen that fails with %s is reported as %s',
    async (name, expected, words) => {
      audio.setPage(page.channel);
      const opened = audio.openInput({ deviceId: SCREEN, processing: false });
      page.send({ kind: 'failed', device: page.opening, failure: { name, message: '' } });
      await expect(opened).rejects.toMatchObject({
        code: expected,
        message: expect.stringContaining(words) as string,
      });
    },
  );

  test('a missing loudspeaker is named', async () => {
    audio.setPage(page.channel);
    const opened = audio.openOutput({ deviceId: 'Desk' });
    const failure = { name: 'NotFoundError', message: '' };
    page.send({ kind: 'failed', device: page.opening, failure });
    await expect(opened).rejects.toThrow('no loudspeaker ‘Desk’');
  });

  test('an aborted open rejects with the reason and closes the device in the page', async () => {
    audio.setPage(page.channel);
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const opened = audio.openOutput({}, { signal: controller.signal });
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
    expect(page.last).toEqual({ kind: 'close', device: page.opening });
  });
});

describe('an open microphone', () => {
  test('gives the units of the page', async () => {
    const input = await openInput();
    sendUnit({ capturedAt: 1_800_000_000_000.25 });
    expect(await take(input, 1)).toEqual([
      {
        data: new Uint8Array(80).fill(7),
        capturedAt: 1_800_000_000_000.25,
        samples: 960,
        muted: false,
        level: 0.5,
      },
    ]);
  });

  test('muted: gives silence in the place of what waits and of what is on the way', async () => {
    const input = await openInput();
    sendUnit({ capturedAt: 1000 });
    input.setMuted(true);
    expect(page.last).toMatchObject({ kind: 'muted', muted: true, generation: 1 });
    sendUnit({ capturedAt: 1020 });
    sendUnit({ capturedAt: 1040, generation: 1, muted: true, level: 0 });
    const units = await take(input, 3);
    expect(units.map(({ muted, level }) => [muted, level])).toEqual(Array(3).fill([true, 0]));
    expect(units.slice(0, 2)).toMatchObject([SILENT, SILENT]);
    expect(units.map(({ capturedAt }) => capturedAt)).toEqual([1000, 1020, 1040]);
  });

  test('muted for a moment: nothing of before it comes out', async () => {
    const input = await openInput();
    input.setMuted(true);
    input.setMuted(false);
    // The page had not heard of the first of the two yet.
    sendUnit({ generation: 0 });
    sendUnit({ generation: 1, muted: true, level: 0, capturedAt: 1_800_000_000_020 });
    sendUnit({ generation: 2, capturedAt: 1_800_000_000_040 });
    const units: AudioUnit[] = await take(input, 3);
    expect(units.map(({ muted }) => muted)).toEqual([true, true, false]);
  });

  test('keeps 200 ms for a slow consumer', async () => {
    const input = await openInput();
    for (let count = 0; count < 100; count += 1) sendUnit({ capturedAt: 1000 + 20 * count });
    expect((await take(input, 1))[0]?.capturedAt).toBe(1000 + 20 * 90);
  });

  test.each([
    ['the window that reloads', () => page.leave(), 'window'],
    ['another window', () => audio.setPage(new MemoryPage().channel), 'window'],
    [
      'unplugging',
      () => page.send({ kind: 'lost', device: page.opening, reason: 'ended', message: '' }),
      'unplugged',
    ],
  ])('is lost by %s', async (_, lose, words) => {
    const input = await openInput();
    lose();
    const error = await take(input, 1).catch((thrown: unknown) => thrown);
    expect(error).toEqual(code('RK_AUDIO_LOST'));
    expect(String(error)).toContain(words);
    await input.close();
  });
});

describe('an open loudspeaker', () => {
  test('sends units to the page', async () => {
    const output = await openOutput();
    output.play(unit());
    expect(page.units).toHaveLength(1);
    expect(page.units[0]).toHaveLength(PREFIX_BYTES + 16 + 80);
  });

  test.each<Partial<NumberedAudioUnit>>([
    { number: -1 },
    { number: 2 ** 32 },
    { number: NaN },
    { capturedAt: NaN },
    { capturedAt: -1 },
    { capturedAt: 2 ** 60 },
    { samples: 0 },
    { samples: 961 },
    { data: new Uint8Array() },
    { data: new Uint8Array(1276) },
  ])('sends no unit with %j', async (changes) => {
    const output = await openOutput();
    output.play(unit(changes));
    expect(page.units).toEqual([]);
  });

  test('sends a page that hangs a bounded number of units, and then the newest', async () => {
    const output = await openOutput();
    for (let number = 0; number < 1000; number += 1) output.play(unit({ number }));
    const sent = page.units.length;
    expect(sent).toBeLessThanOrEqual(60);
    report(page.opening, sent);
    const numbers = page.units.slice(sent).map((each) => Buffer.from(each).readUInt32BE(20));
    expect(numbers).toEqual(Array.from({ length: 10 }, (_, index) => 990 + index));
  });

  test('has the newest figures, and the volume', async () => {
    const output = await openOutput();
    report(page.opening, 0);
    expect(output.statistics).toMatchObject({ depthMs: 30.5, lateUnits: 1, level: 0.25 });
    output.setVolume(0.5);
    expect(page.last).toMatchObject({ kind: 'volume', volume: 0.5 });
    expect(() => output.setVolume(2)).toThrow(RangeError);
  });

  test('says that it was lost, and plays nothing any more', async () => {
    const output = await openOutput();
    page.send({ kind: 'lost', device: page.opening, reason: 'ended', message: '' });
    expect(await output.lost).toEqual(code('RK_AUDIO_LOST'));
    output.play(unit());
    expect(page.units).toEqual([]);
  });
});

describe('a page that cannot be trusted', () => {
  test.each<[string, () => Uint8Array | string]>([
    ['no JSON', () => '{'],
    ['an unknown message', () => '{"kind":"format"}'],
    [
      'figures that are none',
      () => '{"kind":"statistics","device":0,"received":0,"statistics":{}}',
    ],
    ['bytes that are no unit', () => new Uint8Array(3)],
    ['a packet of another length', () => unitMessage({ device: page.opening, bytes: 81 })],
    ['a level of 2', () => unitMessage({ device: page.opening, level: 2 })],
    ['a unit of 10 ms', () => unitMessage({ device: page.opening, samples: 480, bytes: 40 })],
  ])('loses its devices by %s', async (_, message) => {
    const input = await openInput();
    page.send(message());
    await expect(take(input, 1)).rejects.toEqual(code('RK_AUDIO_LOST'));
    expect(page.last).toEqual({ kind: 'close', device: page.opening });
  });
});

test('the plugin registers its page side, and takes it back', async () => {
  const registered: URL[] = [];
  const deferred: (() => void | Promise<void>)[] = [];
  const modules: PageModules = {
    register: (module, onPage) => {
      registered.push(module);
      onPage(page.channel);
      return () => registered.splice(0);
    },
  };
  const context = { use: () => modules, defer: (task: () => void) => deferred.push(task) };
  const created = await plugin.create(context as unknown as PluginContext, {});
  expect(registered[0]?.pathname).toMatch(/dist\/page\/index\.js$/);
  void created.openOutput({}).catch(() => undefined);
  for (const task of deferred) await task();
  expect(registered).toEqual([]);
  expect(page.last).toMatchObject({ kind: 'close' });
});
