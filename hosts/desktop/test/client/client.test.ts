/// <reference lib="dom" />
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { videoHeader } from '@roomkey/core/wire';
import {
  encodePluginMessage,
  encodePreviewUnit,
  encodeRemoteUnit,
} from '../../src/messages/binary.js';
import type { FailureView } from '../../src/messages/index.js';
import type { DesktopServer } from '../../src/server/index.js';
import { useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import { servePage, useBuiltPage } from '../support/built-page.js';
import { cutConnections } from '../support/cut-connections.js';
import type {} from './page/main.js';
import { ScriptedApp, type ScriptedPage } from './scripted-app.js';

const here = import.meta.dirname;

interface Opened {
  readonly app: ScriptedApp;
  readonly server: DesktopServer;
  readonly page: Page;
}

/** Waits until the page has seen `count` items, and returns them. */
async function seen(
  page: Page,
  what: 'events' | 'units' | 'previews' | 'connections' | 'ends',
  count: number,
): Promise<unknown[]> {
  await page.waitForFunction(
    ([what, count]) => 'seen' in window && window.seen[what].length >= count,
    [what, count] as const,
  );
  return page.evaluate((what) => window.seen[what], what);
}

const hello = { hello: { codecs: ['jpeg', 'h264', 'vp8', 'vp9', 'av1'] } };

const picture = { width: 4, height: 2, capturedAt: 5.5, data: Uint8Array.of(7, 8) } as const;

/** A participant's unit as received. */
function jpegUnit(number: number): Uint8Array {
  const header = videoHeader({ ...picture, codec: 'jpeg', isKey: true, number });
  return Uint8Array.from([...header, ...picture.data]);
}

/** Accepts the next page and its hello. */
async function met(app: ScriptedApp): Promise<ScriptedPage> {
  const page = await app.page();
  expect(await page.next()).toEqual(hello);
  return page;
}

describeWith('chromium', 'the page’s client in Chromium', () => {
  const browser = useChromium('none');
  const folder = useBuiltPage({ root: join(here, 'page') });

  /** A page that is not open yet. */
  async function newPage(): Promise<Page> {
    const context = await browser().newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return page;
  }

  /** The page of these tests, opened with a token. */
  async function open(prepare?: (page: Page) => Promise<unknown>): Promise<Opened> {
    const app = new ScriptedApp();
    const server = await servePage(folder(), {
      moduleFile: (path) => join(here, 'modules', path.replace(/^\d+\//, '')),
      connect: app.connect,
    });
    const page = await newPage();
    await prepare?.(page);
    await page.goto(await server.address());
    return { app, server, page };
  }

  describe('over a WebSocket', () => {
    test('authenticates with the token, which leaves the address, and later with the secret', async () => {
      const { app, server, page } = await open();
      await met(app);
      expect(page.url()).toBe(`http://${server.host}/`);
      await page.reload();
      await met(app);
      expect(await page.evaluate(() => window.seen.ends)).toEqual([]);
    });

    test('reports a refusal: without a token, and with a used one', async () => {
      const { app, server, page } = await open();
      await met(app);
      const other = await page.context().newPage();
      await other.goto(`http://${server.host}/`);
      expect(await seen(other, 'ends', 1)).toEqual(['refused']);
      const token = await server.address();
      await page.goto('about:blank');
      await page.goto(token);
      await met(app);
      const third = await page.context().newPage();
      await third.goto(token);
      expect(await seen(third, 'ends', 1)).toEqual(['refused']);
    });

    test('matches answers to requests in any order', async () => {
      const { app, page } = await open();
      const side = await met(app);
      await page.waitForFunction(() => 'seen' in window);
      const answers = page.evaluate(() =>
        Promise.all([
          window.seen.ask('rooms.create', { name: 'Kitchen' }),
          window.seen.ask('rooms.remove', { id: '0'.repeat(32) }),
        ]),
      );
      expect(await side.next()).toEqual({
        id: 0,
        method: 'rooms.create',
        params: { name: 'Kitchen' },
      });
      expect(await side.next()).toMatchObject({ id: 1, method: 'rooms.remove' });
      side.send(JSON.stringify({ id: 1, error: { code: 'RK_ROOM_NAME', message: 'No.' } }));
      side.send(JSON.stringify({ id: 0, result: { id: 'abc' } }));
      expect(await answers).toEqual([
        { result: { id: 'abc' } },
        { code: 'RK_ROOM_NAME', message: 'No.' },
      ]);
    });

    test('passes on events and units, and says which were consumed', async () => {
      const { app, page } = await open();
      const side = await met(app);
      side.tell({ event: 'page', state: 'active' });
      side.tell({ event: 'storage', failure: null });
      side.send(encodeRemoteUnit('screen', 3, jpegUnit(0)));
      side.send(encodePreviewUnit('camera', { ...picture, codec: 'vp8', isKey: false }, 4));
      expect(await seen(page, 'units', 2)).toEqual([
        [1, 'screen', 3, 'jpeg', 7],
        [2, 'camera', 4, 'vp8', 7],
      ]);
      await page.evaluate(() => window.seen.client.consumeUnit('screen', 3));
      expect(await side.next()).toEqual([4, 1, 0, 0, 0, 0, 0, 3]);
      expect(await seen(page, 'events', 2)).toEqual([
        { event: 'page', state: 'active' },
        { event: 'storage', failure: null },
      ]);
    });

    test('reconnects after a break, and pending requests fail', async () => {
      const { app, server, page } = await open();
      const side = await met(app);
      await page.waitForFunction(() => 'seen' in window);
      const answer = page.evaluate(() => window.seen.ask('rooms.refresh', {}));
      await side.next();
      expect(await page.evaluate(() => window.seen.connections)).toEqual([]);
      cutConnections(server);
      expect(await answer).toMatchObject({ code: 'unexpected' });
      expect((await seen(page, 'connections', 1))[0]).toBe('lost');
      const again = await met(app);
      expect(await seen(page, 'connections', 2)).toEqual(['lost', 'back']);
      again.tell({ event: 'page', state: 'active' });
      await seen(page, 'events', 1);
      expect(await page.evaluate(() => window.seen.ends)).toEqual([]);
      const second = page.evaluate(() => window.seen.ask('rooms.refresh', {}));
      expect(await again.next()).toMatchObject({ id: 1, method: 'rooms.refresh' });
      again.send(JSON.stringify({ id: 1, result: null }));
      expect(await second).toEqual({ result: null });
    });

    test('closes after six failed attempts', async () => {
      const { app, server, page } = await open((page) => page.clock.install());
      await met(app);
      await page.waitForFunction(() => 'seen' in window);
      let tries = 0;
      page.on('websocket', () => (tries += 1));
      void server.close();
      cutConnections(server);
      // Attempts fail in real time, the pauses run on the fake clock.
      while ((await page.evaluate(() => window.seen.ends.length)) === 0) {
        await page.clock.runFor(5_000);
      }
      expect(await page.evaluate(() => window.seen.ends)).toEqual(['gone']);
      expect(tries).toBe(6);
      expect(await page.evaluate(() => window.seen.ask('rooms.refresh', {}))).toMatchObject({
        code: 'unexpected',
      });
    });
  });

  describe('page modules', () => {
    const modules = ['/plugins/0/echo.js', '/plugins/1/echo.js'];

    test('run with a channel each, for text and bytes', async () => {
      const { app, page } = await open();
      const side = await met(app);
      side.tell({ event: 'page-modules', modules });
      side.tell({ event: 'plugin-text', plugin: 1, text: 'one' });
      side.send(encodePluginMessage(0, Uint8Array.of(1, 2, 3)));
      const received = [await side.next(), await side.next(), await side.next(), await side.next()];
      expect(received).toHaveLength(4);
      for (const each of [
        { plugin: 0, text: 'entered' },
        { plugin: 1, text: 'entered' },
        { plugin: 1, text: 'one' },
        [3, 0, 1, 2, 3],
      ]) {
        expect(received).toContainEqual(each);
      }
      side.tell({ event: 'plugin-text', plugin: 1, text: 'preview' });
      expect(await seen(page, 'previews', 1)).toEqual(['camera video']);
      expect(await seen(page, 'events', 1)).toEqual([{ event: 'page-modules', modules }]);
    });

    test('restart with the connection, and when another page was active', async () => {
      const { app, server, page } = await open();
      const first = await met(app);
      first.tell({ event: 'page-modules', modules: modules.slice(0, 1) });
      expect(await first.next()).toEqual({ plugin: 0, text: 'entered' });
      // The same list changes nothing.
      first.tell({ event: 'page-modules', modules: modules.slice(0, 1) });
      await seen(page, 'events', 2);
      cutConnections(server);
      const second = await met(app);
      second.tell({ event: 'page-modules', modules: modules.slice(0, 1) });
      expect(await second.next()).toEqual({ plugin: 0, text: 'entered' });
      expect(await page.title()).toBe('Client, closed');
      second.tell({ event: 'page', state: 'elsewhere' });
      await page.waitForFunction(() => window.seen.events.at(-1)?.event === 'page');
      expect(await page.title()).toBe('Client, closed, closed');
      expect(await page.evaluate(() => window.seen.previews)).toEqual([
        'camera none',
        'screen none',
        'camera none',
        'screen none',
      ]);
      second.tell({ event: 'page-modules', modules: modules.slice(0, 1) });
      expect(await second.next()).toEqual({ plugin: 0, text: 'entered' });
    });

    test('that fail to load cause a notice', async () => {
      const { app, page } = await open();
      const side = await met(app);
      side.tell({ event: 'page-modules', modules: ['/plugins/0/broken.js', '/plugins/1/none.js'] });
      const events = (await seen(page, 'events', 3)).slice(1);
      expect(events).toHaveLength(2);
      // The browser's message is not the sentence. Either failure may come first.
      const words = events.map((event) => (event as { failure: FailureView }).failure.details);
      expect(words.sort()).toEqual([
        '/plugins/0/broken.js: Error: this module is broken',
        expect.stringMatching(/^\/plugins\/1\/none\.js: TypeError: /) as string,
      ]);
      const message = 'The camera couldn’t be loaded. Close this window and open Roomkey again.';
      for (const event of events) {
        expect(event).toMatchObject({
          event: 'notice',
          topic: 'app',
          failure: { code: 'unexpected', message },
        });
      }
    });

    test('are, besides the player’s worker, the only strings that become scripts', async () => {
      const { app, page } = await open();
      const side = await met(app);
      side.tell({ event: 'page-modules', modules });
      await side.next();
      await side.next();
      side.tell({ event: 'plugin-text', plugin: 1, text: 'worker' });
      expect(await side.next()).toEqual({ plugin: 1, text: 'from the worker' });
      const refused = await page.evaluate(() =>
        [
          () => new Worker('data:text/javascript,0'),
          () => new Worker('http://localhost:1/worker.js'),
          () => (document.body.innerHTML = '<p></p>'),
        ].map((attempt) => {
          try {
            attempt();
            return 'taken';
          } catch (error) {
            return (error as Error).name;
          }
        }),
      );
      expect(refused).toEqual(['TypeError', 'TypeError', 'TypeError']);
    });
  });

  describe('over a MessagePort', () => {
    test('accepts the preload’s port, and acknowledges each message with its size', async () => {
      const app = new ScriptedApp();
      const server = await servePage(folder(), { connect: app.connect });
      const page = await newPage();
      await page.addInitScript(() => {
        // Like the preload, with the app's end in this page.
        window.roomkey = {};
        const state = { received: [] as unknown[], port: undefined as MessagePort | undefined };
        Object.assign(window, { app: state });
        window.addEventListener('message', ({ data }) => {
          if (data !== 'roomkey-ready') return;
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => state.received.push(data);
          state.port = port1;
          window.postMessage('roomkey-port', location.origin, [port2]);
        });
      });
      await page.goto(`http://${server.host}/`);
      interface AppEnd {
        app: { received: unknown[]; port: MessagePort };
      }
      const received = async (count: number): Promise<unknown[]> => {
        await page.waitForFunction(
          (count) => (window as unknown as AppEnd).app.received.length >= count,
          count,
        );
        return page.evaluate(() => (window as unknown as AppEnd).app.received);
      };
      expect(await received(1)).toEqual([JSON.stringify(hello)]);
      const event = JSON.stringify({ event: 'storage', failure: null });
      const unit = encodeRemoteUnit('camera', 3, jpegUnit(0));
      await page.evaluate(
        ([event, bytes]) => {
          const { port } = (window as unknown as AppEnd).app;
          port.postMessage(event);
          port.postMessage(Uint8Array.from(bytes));
          port.postMessage(17);
        },
        [event, [...unit]] as const,
      );
      expect(await received(3)).toEqual([JSON.stringify(hello), event.length, unit.byteLength]);
      expect(await seen(page, 'units', 1)).toEqual([[1, 'camera', 3, 'jpeg', 7]]);

      // A page's port does not report its close; the app's `null` does.
      await page.evaluate(() => (window as unknown as AppEnd).app.port.postMessage(null));
      expect(await seen(page, 'ends', 1)).toEqual(['gone']);
    });
  });
});
