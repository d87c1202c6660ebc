import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  RoomkeyError,
  type LoadedConfig,
  type RoomkeyOptions,
  type RoomEntry,
  type SignedIn,
  type StorageState,
} from '@roomkey/core/host';
import { videoHeader } from '@roomkey/core/wire';
import { createApp, type DesktopApp } from '../../src/app/index.js';
import { PAGE_GRACE_MS } from '../../src/app/pages.js';
import type { Hello } from '../../src/messages/index.js';
import { waitForPageCount } from '../support/wait-for-page-count.js';
import { MemoryPort } from '../support/memory-port.js';
import { TestPage } from '../support/test-page.js';
import { fakeCall, ID, until } from './set-up-calls.js';
import { MemoryLogger } from './test-network.js';

const created = vi.hoisted(() => ({
  by: undefined as ((options: unknown) => unknown) | undefined,
}));
vi.mock('@roomkey/core/host', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  createRoomkey: (options: unknown) => Promise.resolve(created.by?.(options)),
}));

const storeAway = new RoomkeyError('RK_STORAGE_IO', 'the store is away');
const lab = { id: ID, name: 'Lab', owner: { name: 'Grace' } } as RoomEntry;

/** An app whose Roomkey logs its calls in a journal. */
async function setup({ watched = () => Promise.resolve() } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-app-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const journal: string[] = [];
  const done = Promise.resolve();
  const {
    call,
    emits,
    opens: shows,
  } = fakeCall(journal, {
    started: done,
    screenAudioStarted: Promise.resolve(),
    cameraStarted: done,
    left: done,
    letIn: done,
  });
  let changeStorage: (state: StorageState) => void = () => expect.unreachable();
  const world = { watched };
  let given: RoomkeyOptions | undefined;
  created.by = (options) => {
    given = options as RoomkeyOptions;
    return {
      plugins: [],
      accounts: {
        current: () =>
          Promise.resolve({ name: 'Ada', identity: { publicKey: new Uint8Array(32) } }),
      },
      rooms: {
        watch: async (_: unknown, { account }: { account?: SignedIn }) => {
          journal.push(`look as ${account?.name ?? 'no one'}`);
          await world.watched();
          return { stop: () => Promise.resolve(void journal.push('look no more')) };
        },
        find: () => Promise.resolve(lab),
      },
      calls: { open: () => Promise.resolve(call), verifyOwner: () => Promise.resolve() },
      storage: {
        state: { available: true },
        on: (_: string, listener: typeof changeStorage) => (changeStorage = listener),
      },
      close: () => Promise.resolve(void journal.push('close')),
    };
  };
  const { signal } = new AbortController();
  const app: DesktopApp = await createApp({
    config: { folders: { config: folder }, notices: [] as readonly string[] } as LoadedConfig,
    logger: new MemoryLogger(),
    version: '1',
    signal,
  });
  onTestFinished(() => app.close());
  const page = async (codecs?: Hello['hello']['codecs']): Promise<TestPage> => {
    const ports = MemoryPort.pair();
    const opened = new TestPage(ports.page, codecs);
    app.connect(ports.app);
    return await opened.state('active');
  };
  return {
    app,
    journal,
    world,
    emits,
    shows,
    page,
    signal,
    given: () => given!,
    storage: (state: StorageState) => changeStorage(state),
  };
}

test('createRoomkey gets the signal and the page modules', async () => {
  const { app, given, signal } = await setup();
  expect(given().signal).toBe(signal);
  const module = new URL(import.meta.url);
  given().page!.register(module, () => undefined);
  const file = fileURLToPath(module);
  expect(app.moduleFile(`0/${basename(file)}`)).toBe(join(dirname(file), basename(file)));
});

test('a page that takes over a call and supports fewer codecs gets a notice', async () => {
  const { page } = await setup();
  const first = await page(['jpeg', 'h264']);
  await first.request('call.join', { id: ID });
  const second = await page(['jpeg']);
  const { failure } = await second.until(() => second.last('notice'));
  expect(failure.message).toContain('join again from this window');
});

test('a unit goes to the page, and its sender waits until the page has consumed it', async () => {
  const { page, shows } = await setup();
  const opened = await page(['jpeg', 'h264']);
  await opened.request('call.join', { id: ID });
  const track = shows('camera');
  const data = Uint8Array.of(1);
  const unit = {
    codec: 'h264',
    isKey: true,
    width: 8,
    height: 8,
    capturedAt: 0,
    number: 7,
  } as const;
  let consumed = 0;
  track.sink?.onUnit({ ...unit, data }, Uint8Array.from([...videoHeader(unit), ...data]), () => {
    consumed += 1;
  });
  expect(consumed).toBe(0);
  await opened.until(() => opened.units.length === 1);
  await until(() => consumed === 1);
  // Numbered for the page, since each stream counts from 0.
  expect(opened.units[0]).toMatchObject({ track: 'camera', unit: { number: 0, codec: 'h264' } });
});

test('a page that consumes nothing gets eight units, however often the track starts again', async () => {
  const { page, shows, journal } = await setup();
  const opened = await page(['jpeg', 'h264']);
  await opened.request('call.join', { id: ID });
  const unit = { codec: 'jpeg', isKey: true, width: 8, height: 8, capturedAt: 0 } as const;
  const data = Uint8Array.of(1);
  let consumed = 0;
  for (const track of [shows('camera'), shows('camera'), shows('camera')]) {
    for (let number = 0; number < 5; number += 1) {
      const bytes = Uint8Array.from([...videoHeader({ ...unit, number }), ...data]);
      track.sink?.onUnit({ ...unit, number, data }, bytes, () => (consumed += 1));
    }
  }
  // Skipped at once, so that the sender need not wait.
  expect(consumed).toBe(7);
  expect(journal).toContain('key unit camera');
  await until(() => consumed === 15);
  expect(opened.units.map((each) => each.unit.number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('the call is left if no page returns', async () => {
  const { app, page, journal } = await setup();
  const opened = await page();
  await opened.request('call.join', { id: ID });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const gone = waitForPageCount(app, 0);
  opened.port.close();
  await gone;
  vi.advanceTimersByTime(PAGE_GRACE_MS - 1);
  expect(journal).not.toContain('leave');
  vi.advanceTimersByTime(1);
  vi.useRealTimers();
  await until(() => journal.includes('left'));
  expect((await page()).last('call')).toEqual({ event: 'call', call: null });
});

test('an unavailable store is reported, and the rooms are read again when it is back', async () => {
  const { page, storage, journal } = await setup();
  const opened = await page();
  journal.length = 0;
  storage({ available: false, error: storeAway });
  await opened.until(() => opened.last('storage')?.failure?.code === 'RK_STORAGE_IO');
  expect(journal).toEqual([]);
  const seen = opened.events.length;
  storage({ available: true });
  await opened.until(() => opened.events.slice(seen).some(({ event }) => event === 'rooms'));
  expect(opened.last('storage')).toEqual({ event: 'storage', failure: null });
  expect(journal).toEqual(['look no more', 'look as Ada']);
});

test('unreadable rooms are reported, and the app starts', async () => {
  const { page, journal } = await setup({ watched: () => Promise.reject(storeAway) });
  expect(journal).toEqual(['look as Ada']);
  const opened = await page();
  const notice = await opened.until(() => opened.last('notice'));
  expect(notice).toMatchObject({ topic: 'storage', failure: { code: 'RK_STORAGE_IO' } });
});

test('close ends the pages, the call, the rooms and Roomkey, in this order and once', async () => {
  const { app, page, journal } = await setup();
  const opened = await page();
  await opened.request('call.join', { id: ID });
  journal.length = 0;
  const first = app.close();
  expect(app.pages).toBe(0);
  expect(app.close()).toBe(first);
  await first;
  await opened.closed();
  expect(journal).toEqual(['leave', 'left', 'look no more', 'close']);
});
