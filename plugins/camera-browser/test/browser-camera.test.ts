import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import type { PageModules } from '@roomkey/core';
import {
  MAX_FRAME_BYTES,
  type CaptureRequest,
  type FrameSource,
  type PageChannel,
  type PluginContext,
} from '@roomkey/core';
import { BrowserCamera } from '../src/browser-camera.js';
import plugin from '../src/index.js';
import { LIST_LIMIT_MS } from '../src/page-devices.js';
import { FRAME_HEADER_BYTES, SCREEN } from '../src/page/messages.js';
import { MAX_PICTURE_BYTES } from '../src/page/picture-encoder.js';
import { frameMessage, MemoryPage } from './support/memory-page.js';

const request: CaptureRequest = { width: 640, height: 360, fps: 30, quality: 80 };
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

let camera: BrowserCamera;
let page: MemoryPage;
beforeEach(() => {
  camera = new BrowserCamera();
  page = new MemoryPage();
});

/** Number of the source that the page was last told to open. */
function opening(of = page): number {
  const told = of.told.findLast(({ kind }) => kind === 'open');
  if (told?.kind !== 'open') throw new Error('nothing was opened');
  return told.source;
}

async function open(changes: Partial<CaptureRequest> = {}): Promise<[FrameSource, number]> {
  camera.setPage(page.channel);
  const opened = camera.open({ ...request, ...changes });
  page.say({ kind: 'opened', source: opening() });
  return [await opened, opening()];
}

const commands = (): unknown[] => page.told.map(({ kind }) => kind);

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
    expect(page.told).toEqual([]);
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
  const [asked, askedAgain] = page.told as { id: number }[];
  page.say({ kind: 'devices', id: askedAgain?.id, devices: [] });
  page.say({ kind: 'devices', id: asked?.id, devices: list });
  expect(await first).toEqual(list);
  expect(await second).toEqual([]);
});

describe('a page that hangs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('times out when listing devices, and is asked again', async () => {
    camera.setPage(page.channel);
    const devices = camera.devices();
    const failed = expect(devices).rejects.toMatchObject({
      code: 'RK_PLUGIN_TIMEOUT',
      message: expect.stringContaining('within 10 s which cameras there are') as string,
    });
    vi.advanceTimersByTime(LIST_LIMIT_MS);
    await failed;
    const again = camera.devices();
    const [late, asked] = page.told as { id: number }[];
    page.say({ kind: 'devices', id: late?.id, devices: [{ id: 'Old', label: 'Old' }] });
    page.say({ kind: 'devices', id: asked?.id, devices: [] });
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
    page.say({ kind: 'failed', source: opening(), failure: { name, message: 'said the browser' } });
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
    page.say({ kind: 'failed', source: opening(), failure: { name, message: '' } });
    await expect(opened).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(words) as string,
    });
  });

  test('a missing camera is named', async () => {
    camera.setPage(page.channel);
    const opened = camera.open({ ...request, deviceId: 'Desk' });
    const failure = { name: 'NotFoundError', message: '' };
    page.say({ kind: 'failed', source: opening(), failure });
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
    page.say({ kind: 'opened', source: opening() });
    page.say({ kind: 'closed', source: opening() });
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
    page.say({ kind: 'opened', source: 0 });
    expect(await camera.devices()).toEqual([]);
  });
});

describe('frames', () => {
  test('the page sends one frame per request', async () => {
    const [source, number] = await open();
    const frames = source[Symbol.asyncIterator]();
    page.show(number, { width: 99 });
    for (const width of [16, 32]) {
      const next = frames.next();
      expect(page.last).toEqual({ kind: 'want', source: number });
      page.show(number, { width });
      page.show(number, { width: 99 });
      expect((await next).value).toEqual({
        codec: 'jpeg',
        width,
        height: 9,
        capturedAt: 1_800_000_000_000.25,
        data: Uint8Array.of(7),
      });
    }
    expect(commands()).toEqual(['open', 'want', 'want']);
  });

  test('an abandoned iteration’s request goes to the next one', async () => {
    const [source, number] = await open();
    void source[Symbol.asyncIterator]().next();
    const next = source[Symbol.asyncIterator]().next();
    expect(commands()).toEqual(['open', 'want']);
    page.show(number);
    expect((await next).done).toBe(false);
  });

  test('frames in flight for an earlier receiver are dropped', async () => {
    const [source, number] = await open();
    source.onDemand?.setCodecs(['jpeg', 'h264']);
    const next = source[Symbol.asyncIterator]().next();
    page.show(number, { codec: 'h264', isKey: false });
    page.show(number, { codec: 'vp8', isKey: true });
    page.show(number, { codec: 'h264', isKey: true, width: 32 });
    expect((await next).value).toMatchObject({ codec: 'h264', isKey: true, width: 32 });
    expect(commands()).toEqual(['open', 'codecs', 'want', 'want', 'want']);
  });

  test('no delta frame follows a request for a key frame', async () => {
    const [source, number] = await open();
    const frames = source[Symbol.asyncIterator]();
    source.onDemand?.setCodecs(['jpeg', 'h264']);
    const first = frames.next();
    page.show(number, { codec: 'h264' });
    await first;
    const second = frames.next();
    page.show(number, { codec: 'h264', isKey: false });
    expect((await second).value).toMatchObject({ isKey: false });
    source.onDemand?.requestKeyFrame();
    const third = frames.next();
    page.show(number, { codec: 'h264', isKey: false });
    page.show(number, { codec: 'h264', isKey: true });
    expect((await third).value).toMatchObject({ isKey: true });
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
    page.say({ kind: 'closed', source: number });
    await closed;
    await source.close();
    expect(commands().filter((kind) => kind === 'close')).toHaveLength(1);
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
      (source) => page.say({ kind: 'lost', source, reason: 'ended', message: '' }),
      'unplugged',
    ],
    [
      'the sharing was stopped',
      SCREEN,
      (source) => page.say({ kind: 'lost', source, reason: 'ended', message: '' }),
      'no longer shared',
    ],
    [
      'the worker broke',
      undefined,
      (source) => page.say({ kind: 'lost', source, reason: 'broken', message: 'oh' }),
      'open Roomkey again',
    ],
    ['the page went away', undefined, () => page.leave(), 'The window'],
    ['another page came', undefined, () => camera.setPage(new MemoryPage().channel), 'The window'],
    ['the app closes', undefined, () => camera.close(), 'The window'],
    ['the page talks rubbish', undefined, () => page.say('hello'), 'The window'],
  ];
  test.each(losses)('the source is lost when %s', async (_, deviceId, lose, words) => {
    const [source, number] = await open(deviceId === undefined ? {} : { deviceId });
    const waiting = source[Symbol.asyncIterator]().next();
    lose(number);
    const lost = { code: 'RK_CAMERA_LOST', message: expect.stringContaining(words) as string };
    await expect(waiting).rejects.toMatchObject(lost);
    // Later calls fail too.
    await expect(source[Symbol.asyncIterator]().next()).rejects.toMatchObject(lost);
    expect(await source.onDemand?.lost).toMatchObject(lost);
    await source.close();
  });
});

describe('an untrusted page', () => {
  const longest = new Uint8Array(FRAME_HEADER_BYTES + MAX_FRAME_BYTES + 1);
  longest.set(frameMessage(0));
  const zero = { width: 0, height: 0, capturedAt: 0 };
  test.each([
    ['no bytes', new Uint8Array()],
    ['only a header', frameMessage(0).subarray(0, FRAME_HEADER_BYTES)],
    ['an image that is too large', longest],
    ['a codec that does not exist', Uint8Array.of(9, ...frameMessage(0).subarray(1))],
    ['no width', frameMessage(0, { width: zero.width })],
    ['no height', frameMessage(0, { height: zero.height })],
    ['no capture time', frameMessage(0, { capturedAt: zero.capturedAt })],
    ['a capture time that is not a number', frameMessage(0, { capturedAt: NaN })],
    ['an infinite capture time', frameMessage(0, { capturedAt: Infinity })],
    ['invalid JSON', '{'],
    ['null', 'null'],
    ['another kind', '{"kind":"other"}'],
    ['a device without a name', '{"kind":"devices","id":0,"devices":[{"id":"","label":"x"}]}'],
    [
      'a device of no known kind',
      '{"kind":"devices","id":0,"devices":[{"id":"x","label":"x","kind":"door"}]}',
    ],
    ['a source that is not a number', '{"kind":"opened","source":"0"}'],
  ])('loses its cameras when it sends %s', async (_, message) => {
    const [source, number] = await open();
    const next = source[Symbol.asyncIterator]().next();
    page.say(message);
    await expect(next).rejects.toThrow(code('RK_CAMERA_LOST'));
    expect(page.last).toEqual({ kind: 'close', source: number });
    // Opening again works.
    const [again, second] = await open();
    const frame = again[Symbol.asyncIterator]().next();
    page.show(second);
    expect((await frame).done).toBe(false);
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
        page.say(message);
      }),
    );
  });

  test('cannot affect sources that it does not have', async () => {
    const [source, number] = await open();
    const next = source[Symbol.asyncIterator]().next();
    for (const kind of ['opened', 'closed']) page.say({ kind, source: number + 7 });
    page.say({ kind: 'lost', source: number + 7, reason: 'ended', message: '' });
    page.say({ kind: 'devices', id: 99, devices: [] });
    page.show(number + 7, { width: 99 });
    page.show(number);
    expect((await next).value).toMatchObject({ width: 16 });
  });
});

test('the plugin registers its page module, and unregisters it on stop', async () => {
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
  page.say({ kind: 'opened', source: opening() });
  const next = (await opened)[Symbol.asyncIterator]().next();
  for (const cleanUp of cleanUps) await cleanUp();
  await expect(next).rejects.toThrow(code('RK_CAMERA_LOST'));
  expect(detached).toEqual(['detached']);
});

test('the page’s size limit equals that of a frame', () => {
  expect(MAX_PICTURE_BYTES).toBe(MAX_FRAME_BYTES);
});
