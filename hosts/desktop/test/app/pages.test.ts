import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppEvent } from '../../src/messages/index.js';
import { PageModuleRegistry } from '../../src/app/page-modules.js';
import { PAGE_GRACE_MS, Pages, TAKE_OVER_AFTER_MS } from '../../src/app/pages.js';
import { waitForPageCount } from '../support/wait-for-page-count.js';
import { MemoryPort } from '../support/memory-port.js';
import { TestPage } from '../support/test-page.js';
import { MemoryLogger } from './test-network.js';

const account: AppEvent = { event: 'account', account: null };
const notice = (message: string): AppEvent => ({
  event: 'notice',
  topic: 'app',
  failure: { code: 'unexpected', message },
});

function setup() {
  const logger = new MemoryLogger();
  const journal: string[] = [];
  const modules = new PageModuleRegistry(logger);
  modules.register(new URL(import.meta.url), () => undefined);
  const answers: ((result: unknown) => void)[] = [];
  const pages: Pages = new Pages({
    modules,
    logger,
    snapshot: () => [account],
    onRequest: async (page, method, params) => {
      if (method === 'page.activate') pages.activate(page);
      journal.push(`${method} ${JSON.stringify(params)}`);
      if (method === 'rooms.refresh') throw new TypeError('a bug');
      if (method !== 'camera.devices') return undefined;
      return await new Promise((resolve) => answers.push(resolve));
    },
    onActive: () => journal.push('active'),
    onAbsent: () => journal.push('absent'),
  });
  const connect = (): { readonly page: MemoryPort; readonly app: MemoryPort } => {
    const ports = MemoryPort.pair();
    pages.connect(ports.app);
    return ports;
  };
  return { pages, modules, journal, answers, logger, connect };
}

describe('the active page', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('a page gets a snapshot, then changes; the newest page takes over', async () => {
    const { pages, connect } = setup();
    const counts: number[] = [];
    pages.onCount((count) => counts.push(count));
    const first = await new TestPage(connect().page).state('active');
    expect(first.events.map(({ event }) => event)).toEqual(['account', 'page-modules', 'page']);
    const second = await new TestPage(connect().page).state('active');
    await first.state('elsewhere');
    pages.emit(notice('for the second'));
    await second.until(() => second.last('notice'));
    expect(first.last('notice')).toBeUndefined();

    await first.request('page.activate', {});
    await Promise.all([first.state('active'), second.state('elsewhere')]);
    expect(first.events.slice(-3).map(({ event }) => event)).toEqual([
      'account',
      'page-modules',
      'page',
    ]);
    const gone = waitForPageCount({ onPages: (listener) => pages.onCount(listener) }, 0);
    second.port.close();
    first.port.close();
    await gone;
    expect(counts).toEqual([1, 2, 1, 0]);
  });

  test('onAbsent is called after 10 s without a page, but not for a reload', async () => {
    const { journal, pages, connect } = setup();
    const leave = async (page: TestPage): Promise<void> => {
      const gone = waitForPageCount({ onPages: (listener) => pages.onCount(listener) }, 0);
      page.port.close();
      await gone;
    };
    await leave(await new TestPage(connect().page).state('active'));
    vi.advanceTimersByTime(PAGE_GRACE_MS - 1);
    const second = await new TestPage(connect().page).state('active');
    vi.advanceTimersByTime(PAGE_GRACE_MS);
    expect(journal).toEqual(['active', 'active']);
    await leave(second);
    vi.advanceTimersByTime(PAGE_GRACE_MS);
    expect(journal).toEqual(['active', 'active', 'absent']);
  });

  test('closing clears all timers, and no page reconnects', async () => {
    const { journal, pages, connect } = setup();
    const page = await new TestPage(connect().page).state('active');
    pages.close();
    await page.closed();
    expect(vi.getTimerCount()).toBe(0);
    await new TestPage(connect().page).closed();
    expect(pages.count).toBe(0);
    expect(journal).toEqual(['active']);
  });

  test('the previous page becomes active when the newer one is gone', async () => {
    const { journal, pages, connect } = setup();
    const first = await new TestPage(connect().page).state('active');
    const second = await new TestPage(connect().page).state('active');
    const third = await new TestPage(connect().page).state('active');
    await second.state('elsewhere');
    const leave = async (page: TestPage, rest: number): Promise<void> => {
      const gone = waitForPageCount({ onPages: (listener) => pages.onCount(listener) }, rest);
      page.port.close();
      await gone;
    };
    await leave(third, 2);
    vi.advanceTimersByTime(TAKE_OVER_AFTER_MS - 1);
    expect(pages.active).toBeUndefined();
    vi.advanceTimersByTime(1);
    await second.state('active');
    expect(first.last('page')?.state).toBe('elsewhere');
    await leave(second, 1);
    vi.advanceTimersByTime(TAKE_OVER_AFTER_MS);
    await first.state('active');
    vi.advanceTimersByTime(PAGE_GRACE_MS);
    expect(journal).toEqual(Array(5).fill('active'));
  });

  test('a reloaded page stays active, despite an older one', async () => {
    const { pages, connect } = setup();
    const first = await new TestPage(connect().page).state('active');
    const second = await new TestPage(connect().page).state('active');
    const gone = waitForPageCount({ onPages: (listener) => pages.onCount(listener) }, 1);
    second.port.close();
    await gone;
    vi.advanceTimersByTime(TAKE_OVER_AFTER_MS - 1);
    await new TestPage(connect().page).state('active');
    vi.advanceTimersByTime(PAGE_GRACE_MS);
    expect(first.last('page')?.state).toBe('elsewhere');
  });

  test('a background page that closes changes nothing', async () => {
    const { journal, pages, connect } = setup();
    const first = await new TestPage(connect().page).state('active');
    await new TestPage(connect().page).state('active');
    const gone = waitForPageCount({ onPages: (listener) => pages.onCount(listener) }, 1);
    first.port.close();
    await gone;
    vi.advanceTimersByTime(PAGE_GRACE_MS);
    expect(journal).toEqual(['active', 'active']);
  });
});

test('a plugin that throws on a message ends nothing', async () => {
  const { modules, logger, connect } = setup();
  modules.register(new URL(import.meta.url), (channel) =>
    channel.onMessage(() => {
      throw new TypeError('a bug of a plugin');
    }),
  );
  const page = await new TestPage(connect().page).state('active');
  page.port.send(JSON.stringify({ plugin: 1, text: 'hello' }));
  await page.request('call.startCamera', {});
  expect(logger.lines).toMatchObject([{ level: 'error' }]);
});

test('the newest notices are queued for a page', async () => {
  const { pages, connect } = setup();
  for (let n = 0; n < 30; n += 1) pages.emit(notice(String(n)));
  const page = await new TestPage(connect().page).state('active');
  await page.until(() => page.last('notice')?.failure.message === '29');
  expect(page.events.filter(({ event }) => event === 'notice')).toHaveLength(20);
  const next = await new TestPage(connect().page).state('active');
  await next.request('call.startCamera', {});
  expect(next.last('notice')).toBeUndefined();
});

test('requests run concurrently, and are answered as they finish', async () => {
  const { answers, connect } = setup();
  const page = await new TestPage(connect().page).state('active');
  const first = page.request('camera.devices', {});
  const second = page.request('camera.devices', {});
  expect(await page.request('call.startCamera', {})).toBeNull();
  answers[1]?.(['b']);
  expect(await second).toEqual(['b']);
  answers[0]?.(['a']);
  expect(await first).toEqual(['a']);
});

test('names and passwords of any length arrive, also two escaped ones', async () => {
  const { connect, journal } = setup();
  const page = await new TestPage(connect().page).state('active');
  const pasted = '\ud800'.repeat(4096);
  await page.request('account.create', { name: pasted, password: pasted });
  expect(journal).toEqual([
    'active',
    `account.create ${JSON.stringify({ name: pasted, password: pasted })}`,
  ]);
});

test('a bug is answered as unexpected, and logged with its stack', async () => {
  const { connect, logger } = setup();
  const page = await new TestPage(connect().page).state('active');
  const failed = page.request('rooms.refresh', {});
  await expect(failed).rejects.toMatchObject({ code: 'unexpected' });
  await expect(failed).rejects.toThrow('Something went wrong');
  expect(logger.lines).toMatchObject([{ level: 'error' }]);
});

const hello = JSON.stringify({ hello: { codecs: ['jpeg'] } });
const request = (fields: object): string =>
  JSON.stringify({ id: 1, method: 'rooms.refresh', params: {}, ...fields });

describe('a page that breaks the protocol is closed', () => {
  test.each<[string, (string | Uint8Array)[]]>([
    ['invalid JSON', ['garbage']],
    ['an empty text', ['']],
    ['a request before the hello', [request({})]],
    ['bytes before the hello', [Uint8Array.of(3, 0, 1)]],
    ['an unknown codec', [JSON.stringify({ hello: { codecs: ['theora'] } })]],
    ['a hello with extra fields', [JSON.stringify({ hello: { codecs: [] }, admin: true })]],
    ['a hello that is null', ['null']],
    ['two hellos', [hello, hello]],
    ['invalid JSON after the hello', [hello, '{']],
    ['a number', [hello, '1']],
    ['null', [hello, 'null']],
    ['a list', [hello, '[]']],
    ['an unknown method', [hello, request({ method: 'process.exit' })]],
    ['a method that every object has', [hello, request({ method: 'constructor' })]],
    ['the prototype', [hello, '{"id":1,"method":"__proto__","params":{}}']],
    ['an id that is not a number', [hello, request({ id: '1' })]],
    ['a negative id', [hello, request({ id: -1 })]],
    ['unknown fields', [hello, request({ also: 1 })]],
    ['unknown parameters', [hello, request({ params: { force: true } })]],
    ['parameters of another type', [hello, request({ method: 'rooms.remove', params: { id: 7 } })]],
    ['an invalid room id', [hello, request({ method: 'call.join', params: { id: '../../etc' } })]],
    [
      'a setting out of range',
      [hello, request({ method: 'settings.set', params: { quality: 0 } })],
    ],
    [
      'a name that is not a text',
      [hello, request({ method: 'account.create', params: { name: 7, password: '' } })],
    ],
    ['a text that is too long', [hello, `${request({})}${' '.repeat(64 * 1024)}`]],
    ['bytes without a kind', [hello, Uint8Array.of()]],
    ['bytes of an unknown kind', [hello, Uint8Array.of(9, 0, 1)]],
    ['bytes of a kind that only the app sends', [hello, new Uint8Array(64).fill(1)]],
    ['bytes without a plugin', [hello, Uint8Array.of(3)]],
    ['bytes for an unknown plugin', [hello, Uint8Array.of(3, 1, 1)]],
    [
      'bytes that are too long',
      [hello, Object.assign(new Uint8Array(1024 * 1024 + 4097), { 0: 3 })],
    ],
    ['text for an unknown plugin', [hello, JSON.stringify({ plugin: 1, text: '' })]],
    ['text for a plugin that is not a number', [hello, JSON.stringify({ plugin: 'a', text: '' })]],
    [
      'too many open requests',
      [hello, ...Array.from({ length: 65 }, (_, id) => request({ id, method: 'camera.devices' }))],
    ],
  ])('%s', async (_, messages) => {
    const { connect, pages, logger, journal } = setup();
    const { page } = connect();
    const closed = new Promise<void>((resolve) => page.onClose(resolve));
    for (const message of messages) page.send(message);
    await closed;
    expect(pages.count).toBe(0);
    expect(pages.active).toBeUndefined();
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    expect(journal.filter((line) => !/^(active|camera\.devices)/.test(line))).toEqual([]);
    pages.close();
  });

  test('without logging what it sent', async () => {
    const { connect, pages, logger } = setup();
    const { page } = connect();
    const closed = new Promise<void>((resolve) => page.onClose(resolve));
    page.send(hello);
    page.send(
      request({ method: 'account.signIn', params: { name: 'Ada', password: ['hunter2'] } }),
    );
    await closed;
    expect(JSON.stringify(logger.lines)).toContain('password');
    expect(JSON.stringify(logger.lines)).not.toContain('hunter2');
    pages.close();
  });
});
