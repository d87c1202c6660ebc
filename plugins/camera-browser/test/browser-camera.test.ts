import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import {
  MAX_UNIT_BYTES,
  type CaptureRequest,
  type PageChannel,
  type PageModules,
  type PluginContext,
  type VideoCodec,
  type VideoSource,
} from '@roomkey/core';
import { BrowserCamera } from '../src/browser-camera.js';
import plugin from '../src/index.js';
import { PREFIX_BYTES, SCREEN } from '../src/messages.js';
import { LIST_LIMIT_MS } from '../src/page-devices.js';
import { MemoryPage, unitMessage } from './support/memory-page.js';

const request: CaptureRequest = { width: 640, height: 360, fps: 30, quality: 80 };
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

let camera: BrowserCamera;
let page: MemoryPage;
beforeEach(() => {
  camera = new BrowserCamera();
  page = new MemoryPage();
});

/** The number of the source in the last open request to the page. */
function opening(of = page): number {
  const message = of.received.findLast(({ kind }) => kind === 'open');
  if (message?.kind !== 'open') throw new Error('nothing was opened');
  return message.source;
}

async function open(changes: Partial<CaptureRequest> = {}): Promise<[VideoSource, number]> {
  camera.setPage(page.channel);
  const opened = camera.open({ ...request, ...changes });
  page.send({ kind: 'opened', source: opening() });
  return [await opened, opening()];
}

/** Opens a device for a first receiver, with credit for this many units. */
async function openWithCredit(
  units: number,
  codecs: readonly VideoCodec[] = ['jpeg', 'h264'],
): Promise<[VideoSource, number]> {
  const [source, number] = await open();
  source.encoding?.setCodecs(codecs);
  source.encoding?.grant(units);
  return [source, number];
}

const commands = (): unknown[] => page.received.map(({ kind }) => kind);

describe('a camera without a page', () => {
  const states: [string, () => void][] = [
    ['before one came', () => undefined],
    [
      'after it went',
      () => {
        camera.setPage(page.channel);
        page.leave();
      },
    ],
    [
      'after one that was gone when it came',
      () => camera.setPage({ ...page.channel, onClose: (listener) => listener() }),
    ],
    [
      'after the camera was closed',
      () => {
        camera.setPage(page.channel);
        camera.close();
      },
    ],
  ];
  test.each(states)('has no devices and opens nothing: %s', async (_, arrange) => {
    arrange();
    expect(await camera.devices()).toEqual([]);
    await expect(camera.open(request)).rejects.toMatchObject({
      code: 'RK_CAMERA_NOT_FOUND',
      message: expect.stringContaining('no window is open') as string,
    });
    expect(page.received).toEqual([]);
  });

  test('a page that goes away while listing has no devices', async () => {
    camera.setPage(page.channel);
    const devices = camera.devices();
    page.leave();
    expect(await devices).toEqual([]);
  });
});

test('the camera lists the devices of its page', async () => {
  camera.setPage(page.channel);
  const [first, second] = [camera.devices(), camera.devices()];
  const list = [
    { id: 'Desk', label: 'Desk' },
    { id: SCREEN, label: 'Share the screen', kind: 'screen' },
  ];
  const [asked, askedAgain] = page.received as { id: number }[];
  page.send({ kind: 'devices', id: askedAgain?.id, devices: [] });
  page.send({ kind: 'devices', id: asked?.id, devices: list });
  expect(await first).toEqual(list);
  expect(await second).toEqual([]);
});

describe('a page that hangs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('times out without its list, and is asked again the next time', async () => {
    camera.setPage(page.channel);
    const devices = camera.devices();
    const failed = expect(devices).rejects.toMatchObject({
      code: 'RK_PLUGIN_TIMEOUT',
      message: expect.stringContaining('within 10 s which cameras there are') as string,
    });
    vi.advanceTimersByTime(LIST_LIMIT_MS);
    await failed;
    const again = camera.devices();
    const [late, asked] = page.received as { id: number }[];
    page.send({ kind: 'devices', id: late?.id, devices: [{ id: 'Old', label: 'Old' }] });
    page.send({ kind: 'devices', id: asked?.id, devices: [] });
    expect(await again).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('opening a device', () => {
  test.each([
    ['NotAllowedError', 'RK_CAMERA_DENIED', 'allow it when you are asked'],
    ['SecurityError', 'RK_CAMERA_DENIED', 'privacy settings'],
    ['NotFoundError', 'RK_CAMERA_NOT_FOUND', 'Connect one'],
    ['OverconstrainedError', 'RK_CAMERA_NOT_FOUND', 'Connect one'],
    ['NotReadableError', 'RK_CAMERA_BUSY', 'close that program'],
    ['AbortError', 'RK_CAMERA_BUSY', 'close that program'],
    ['NoPicture', 'RK_CAMERA_FAILED', 'gives no picture'],
    ['NotSupportedError', 'RK_CAMERA_DENIED', 'in another browser'],
    ['TypeError', 'RK_CAMERA_FAILED', 'choose another camera'],
    ['EncodingError', 'RK_CAMERA_FAILED', 'choose another camera'],
    ['constructor', 'RK_CAMERA_FAILED', 'choose another camera'],
  ])('a camera that fails with %s is reported as %s', async (name, expected, words) => {
    camera.setPage(page.channel);
    const opened = camera.open(request);
    page.send({
      kind: 'failed',
      source: opening(),
      failure: { name, message: 'said the browser' },
    });
    await expect(opened).rejects.toMatchObject({
      code: expected,
      // The browser's message is a cause and never the sentence.
      message: expect.stringMatching(new RegExp(`^(?!.*said the browser).*${words}`)) as string,
      cause: { message: `${name}: said the browser` },
    });
  });

  test.each([
    ['NotAllowedError', 'RK_CAMERA_DENIED', 'none was chosen'],
    ['InvalidStateError', 'RK_CAMERA_DENIED', 'right after a click'],
    ['NotFoundError', 'RK_CAMERA_NOT_FOUND', 'no screen'],
    ['NotReadableError', 'RK_CAMERA_BUSY', 'another screen'],
    ['NoPicture', 'RK_CAMERA_FAILED', 'gives no picture'],
    ['TypeError', 'RK_CAMERA_FAILED', 'choose another screen'],
  ])('a screen that fails with %s is reported as %s', async (name, expected, words) => {
    camera.setPage(page.channel);
    const opened = camera.open({ ...request, deviceId: SCREEN });
    page.send({ kind: 'failed', source: opening(), failure: { name, message: '' } });
    await expect(opened).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(words) as string,
    });
  });

  test('a missing camera is named', async () => {
    camera.setPage(page.channel);
    const opened = camera.open({ ...request, deviceId: 'Desk' });
    const failure = { name: 'NotFoundError', message: '' };
    page.send({ kind: 'failed', source: opening(), failure });
    await expect(opened).rejects.toThrow('no camera ‘Desk’');
  });

  test('an aborted open rejects with the reason and closes the device in the page', async () => {
    camera.setPage(page.channel);
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const opened = camera.open(request, { signal: controller.signal });
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
    expect(page.last).toEqual({ kind: 'close', source: opening() });
    page.send({ kind: 'opened', source: opening() });
    page.send({ kind: 'closed', source: opening() });
  });

  test('open rejects when the page goes away or is replaced', async () => {
    camera.setPage(page.channel);
    const first = camera.open(request);
    const other = new MemoryPage();
    camera.setPage(other.channel);
    await expect(first).rejects.toThrow(code('RK_CAMERA_LOST'));
    expect(page.last).toEqual({ kind: 'close', source: opening() });
    const second = camera.open(request);
    other.leave();
    await expect(second).rejects.toThrow(code('RK_CAMERA_LOST'));
    // Messages of the previous page are ignored.
    page.send({ kind: 'opened', source: 0 });
    expect(await camera.devices()).toEqual([]);
  });
});

describe('units', () => {
  test('arrive in order, on credit for many at once', async () => {
    const [source, number] = await openWithCredit(3);
    const units = source[Symbol.asyncIterator]();
    page.sendUnit(number, 1, { width: 16 });
    page.sendUnit(number, 1, { width: 32, codec: 'h264', isKey: false, isDiscardable: true });
    expect((await units.next()).value).toMatchObject({
      codec: 'jpeg',
      isKey: true,
      isDiscardable: false,
      width: 16,
      height: 9,
      capturedAt: 1_800_000_000_000.25,
      data: Uint8Array.of(7),
    });
    expect((await units.next()).value).toMatchObject({
      codec: 'h264',
      isKey: false,
      isDiscardable: true,
      width: 32,
    });
    expect(page.received.slice(1)).toEqual([
      { kind: 'receiver', source: number, generation: 1, codecs: ['jpeg', 'h264'] },
      { kind: 'credit', source: number, units: 3 },
    ]);
  });

  test('of an abandoned iteration go to the next one', async () => {
    const [source, number] = await openWithCredit(2);
    page.sendUnit(number, 1, { width: 16 });
    page.sendUnit(number, 1, { width: 32 });
    const widths = [];
    for (let iteration = 0; iteration < 2; iteration++) {
      for await (const { width } of source) {
        widths.push(width);
        break;
      }
    }
    expect(widths).toEqual([16, 32]);
  });

  test('for a previous receiver are dropped, queued ones and those in flight', async () => {
    const [source, number] = await openWithCredit(9);
    page.sendUnit(number, 1);
    source.encoding?.setCodecs(['jpeg']);
    source.encoding?.grant(1);
    page.sendUnit(number, 1, { codec: 'h264', isKey: false });
    page.sendUnit(number, 2, { width: 32 });
    expect((await source[Symbol.asyncIterator]().next()).value).toMatchObject({ width: 32 });
    expect(page.received.slice(-2)).toEqual([
      { kind: 'receiver', source: number, generation: 2, codecs: ['jpeg'] },
      { kind: 'credit', source: number, units: 1 },
    ]);
  });

  test('that build on others do not follow a request for a key unit, and their credit is restored', async () => {
    const [source, number] = await openWithCredit(9);
    const units = source[Symbol.asyncIterator]();
    const delta = { codec: 'h264', isKey: false } as const;
    page.sendUnit(number, 1, { codec: 'h264' });
    page.sendUnit(number, 1, delta);
    await units.next();
    expect((await units.next()).value).toMatchObject({ isKey: false });
    page.sendUnit(number, 1, delta);
    source.encoding?.requestKeyUnit();
    expect(page.last).toEqual({ kind: 'key-unit', source: number });
    page.sendUnit(number, 1, delta);
    page.sendUnit(number, 1, { codec: 'h264', width: 32 });
    page.sendUnit(number, 1, delta);
    expect((await units.next()).value).toMatchObject({ isKey: true, width: 32 });
    expect((await units.next()).value).toMatchObject({ isKey: false });
    const credit = { kind: 'credit', source: number, units: 1 };
    expect(page.received.slice(-2)).toEqual([credit, credit]);
  });

  test('iteration ends without an error on close, which the page confirms', async () => {
    const [source, number] = await open();
    const next = source[Symbol.asyncIterator]().next();
    const closed = source.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(page.last).toEqual({ kind: 'close', source: number });
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    await Promise.resolve();
    expect(isClosed).toBe(false);
    page.send({ kind: 'closed', source: number });
    await closed;
    await source.close();
    source.encoding?.grant(1);
    source.setQuality(5);
    expect(commands()).toEqual(['open', 'close']);
    expect((await source[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  test('close does not wait for a page that goes away', async () => {
    const [source] = await open();
    const closed = source.close();
    page.leave();
    await closed;
  });

  test('setQuality reaches the page', async () => {
    const [source, number] = await open();
    source.setQuality(5);
    expect(page.last).toEqual({ kind: 'quality', source: number, quality: 5 });
    expect(() => source.setQuality(0)).toThrow(RangeError);
  });

  const losses: [string, string | undefined, (number: number) => void, string][] = [
    [
      'the camera was unplugged',
      undefined,
      (source) => page.send({ kind: 'lost', source, reason: 'ended', message: '' }),
      'unplugged',
    ],
    [
      'the sharing was stopped',
      SCREEN,
      (source) => page.send({ kind: 'lost', source, reason: 'ended', message: '' }),
      'no longer shared',
    ],
    [
      'the worker broke',
      undefined,
      (source) => page.send({ kind: 'lost', source, reason: 'broken', message: 'oh' }),
      'open Roomkey again',
    ],
    ['the page went away', undefined, () => page.leave(), 'The window'],
    ['another page came', undefined, () => camera.setPage(new MemoryPage().channel), 'The window'],
    ['the app closes', undefined, () => camera.close(), 'The window'],
    ['the page talks rubbish', undefined, () => page.send('hello'), 'The window'],
  ];
  test.each(losses)('the source is lost when %s', async (_, deviceId, lose, words) => {
    const [source, number] = await open(deviceId === undefined ? {} : { deviceId });
    const waiting = source[Symbol.asyncIterator]().next();
    lose(number);
    const lost = { code: 'RK_CAMERA_LOST', message: expect.stringContaining(words) as string };
    await expect(waiting).rejects.toMatchObject(lost);
    // Also for a later request.
    await expect(source[Symbol.asyncIterator]().next()).rejects.toMatchObject(lost);
    expect(await source.encoding?.lost).toMatchObject(lost);
    await source.close();
  });
});

describe('a page that cannot be trusted', () => {
  const prefix = { source: 0, generation: 1 };
  const unit = unitMessage(prefix);
  const longest = new Uint8Array(PREFIX_BYTES + MAX_UNIT_BYTES + 1);
  longest.set(unit);
  const withByte = (at: number, value: number) => unit.with(PREFIX_BYTES + at, value);
  test.each([
    ['no bytes', new Uint8Array()],
    ['half a prefix', unit.subarray(0, PREFIX_BYTES / 2)],
    ['a prefix alone', unit.subarray(0, PREFIX_BYTES)],
    ['a header alone', unit.subarray(0, -1)],
    ['a unit that is too large', longest],
    ['a unit of another layout', withByte(0, 0)],
    ['flags that do not exist', withByte(1, 0xff)],
    ['a codec that does not exist', withByte(3, 99)],
    ['a codec that was not asked for', unitMessage(prefix, { codec: 'vp8' })],
    ['no width', unitMessage(prefix, { width: 0 })],
    ['no height', unitMessage(prefix, { height: 0 })],
    ['no JSON', '{'],
    ['null', 'null'],
    ['another kind', '{"kind":"other"}'],
    ['a device without a name', '{"kind":"devices","id":0,"devices":[{"id":"","label":"x"}]}'],
    [
      'a device of no known kind',
      '{"kind":"devices","id":0,"devices":[{"id":"x","label":"x","kind":"door"}]}',
    ],
    ['a source that is not a number', '{"kind":"opened","source":"0"}'],
  ])('loses its cameras when it sends %s', async (_, message) => {
    const [source, number] = await openWithCredit(9);
    const next = source[Symbol.asyncIterator]().next();
    page.send(message);
    await expect(next).rejects.toThrow(code('RK_CAMERA_LOST'));
    expect(page.last).toEqual({ kind: 'close', source: number });
    // Opening works again.
    const [again, second] = await openWithCredit(1);
    page.sendUnit(second, 1);
    expect((await again[Symbol.asyncIterator]().next()).done).toBe(false);
  });

  test('loses its cameras when it sends more units than it has credit for', async () => {
    const [source, number] = await openWithCredit(2);
    for (let count = 0; count < 3; count++) page.sendUnit(number, 1);
    expect(page.last).toEqual({ kind: 'close', source: number });
    await expect(source[Symbol.asyncIterator]().next()).rejects.toThrow(code('RK_CAMERA_LOST'));
  });

  test('crashes nothing, whatever it sends', () => {
    camera.setPage(page.channel);
    void camera.open(request).catch(() => undefined);
    const kinds = fc.constantFrom('devices', 'opened', 'failed', 'lost', 'closed', 'other');
    const text = fc.oneof(
      fc.json(),
      fc
        .record({ kind: kinds, source: fc.integer(), id: fc.integer(), failure: fc.anything() })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 64 })), (message) => {
        page.send(message);
      }),
    );
  });

  test('has no effect on sources that it does not have', async () => {
    const [source, number] = await openWithCredit(1);
    const next = source[Symbol.asyncIterator]().next();
    for (const kind of ['opened', 'closed']) page.send({ kind, source: number + 7 });
    page.send({ kind: 'lost', source: number + 7, reason: 'ended', message: '' });
    page.send({ kind: 'devices', id: 99, devices: [] });
    page.sendUnit(number + 7, 1, { width: 99 });
    page.sendUnit(number, 1);
    expect((await next).value).toMatchObject({ width: 16 });
  });
});

test('the plugin registers its page side, and removes it with its open sources', async () => {
  const attached: { module?: URL; onPage?: (channel: PageChannel) => void } = {};
  const detached: string[] = [];
  const cleanUps: (() => void | Promise<void>)[] = [];
  const link: PageModules = {
    register: (module, onPage) => {
      Object.assign(attached, { module, onPage });
      return () => detached.push('detached');
    },
  };
  const context = {
    use: () => link,
    defer: (cleanUp: () => void) => cleanUps.push(cleanUp),
  } as unknown as PluginContext<readonly [typeof PageModules]>;
  const made = await plugin.create(context, {});
  expect(attached.module?.pathname).toMatch(/\/camera-browser\/dist\/page\/index\.js$/);
  attached.onPage?.(page.channel);
  const opened = made.open(request);
  page.send({ kind: 'opened', source: opening() });
  const next = (await opened)[Symbol.asyncIterator]().next();
  for (const cleanUp of cleanUps) await cleanUp();
  await expect(next).rejects.toThrow(code('RK_CAMERA_LOST'));
  expect(detached).toEqual(['detached']);
});
