/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { PageKey } from '../hosts/desktop/src/messages/page-key.js';
import { openChromium, rebinding } from './support/chromium.js';
import { Desktop, openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { AppWindow, STEP_MS } from './support/app-window.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/** A name that a site's author can let point to this computer. */
const REBOUND = 'rebound.example';

let desktop: Desktop;
let browser: Browser;

beforeEach(async () => {
  const [home] = await openHomes(1);
  [desktop, browser] = await Promise.all([
    Desktop.start(home!),
    openChromium('none', rebinding(REBOUND)),
  ]);
});

/** Opens a site that is not Roomkey's in the person's browser. */
async function openOtherSite(): Promise<Page> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Other</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return page;
}

/** Opens a WebSocket in a page. @returns the outcome, with the other side's answer */
async function tryWebSocket(page: Page, address: string, first: string): Promise<string> {
  return await page.evaluate(
    ([url, text]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send(text);
        socket.onmessage = () => resolve('answered');
        socket.onclose = ({ code }) => resolve(`closed ${code}`);
      }),
    [address, first] as const,
  );
}

describeWith('chromium', 'a page without a valid address', () => {
  it('says how to get one: without a token, with a wrong one, with a used one', async () => {
    for (const address of [desktop.origin, `${desktop.origin}/#token=${'A'.repeat(43)}`]) {
      const page = await browser.newPage();
      await page.goto(address);
      await expectRefused(page);
      await page.close();
    }
    const first = await AppWindow.open(browser, desktop.address);
    await first.welcome.waitFor();
    const second = await browser.newPage();
    await second.goto(desktop.address);
    await expectRefused(second);
    // The first page still works, and its address bar does not show the token.
    await first.welcome.waitFor();
    expect(first.page.url()).not.toContain('token');
  });

  it('gets nothing from another origin', async () => {
    const ours = await AppWindow.open(browser, desktop.address);
    await ours.welcome.waitFor();
    const script = await ours.page.locator('script[src]').first().getAttribute('src');
    const scriptUrl = new URL(script!, desktop.origin).href;
    const page = await openOtherSite();

    const failures = await page.evaluate(
      async ([origin, scriptFile]) => {
        const tries = {
          fetch: () => fetch(origin),
          opaque: () => fetch(origin, { mode: 'no-cors' }),
          post: () => fetch(origin, { mode: 'no-cors', method: 'POST', body: 'x' }),
          script: () =>
            new Promise((resolve, reject) => {
              const element = document.createElement('script');
              element.src = scriptFile;
              element.onload = resolve;
              element.onerror = () => reject(new Error('not loaded'));
              document.head.append(element);
            }),
        };
        const settled = await Promise.allSettled(Object.values(tries).map((one) => one()));
        return Object.keys(tries).map((name, index) => [name, settled[index]!.status]);
      },
      [desktop.origin, scriptUrl] as const,
    );
    expect(failures).toEqual([
      ['fetch', 'rejected'],
      ['opaque', 'rejected'],
      ['post', 'rejected'],
      ['script', 'rejected'],
    ]);

    const socket = `${desktop.origin.replace('http', 'ws')}/port`;
    expect(await tryWebSocket(page, socket, '{}')).toBe('closed 1006');

    // In a frame the browser shows its own error.
    const frame = await page.evaluate(
      (origin) =>
        new Promise<string>((resolve) => {
          const element = document.createElement('iframe');
          element.onload = () => resolve(element.contentDocument === null ? 'foreign' : 'blank');
          element.src = origin;
          document.body.append(element);
        }),
      desktop.origin,
    );
    expect(frame).toBe('foreign');
    const inside = () => page.frames().find((one) => one !== page.mainFrame());
    await expect.poll(() => inside()?.url(), { timeout: STEP_MS }).toMatch(/^chrome-error:/);

    // It cannot access a window that it opens.
    const opened = page.waitForEvent('popup');
    await page.evaluate((origin) => {
      Object.assign(window, { other: window.open(origin) });
    }, desktop.origin);
    await expectRefused(await opened);
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { other: Window }).other.closed), {
        timeout: STEP_MS,
      })
      .toBe(true);
    await ours.welcome.waitFor();
  });

  it('gets nothing under a name that points to this computer', async () => {
    // A site's own page, whose name the name server then resolves to this computer.
    const site = `http://${REBOUND}:${new URL(desktop.origin).port}`;
    const page = await browser.newPage();
    await page.route(
      `${site}/`,
      (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
      { times: 1 },
    );
    await page.goto(`${site}/`);
    const answer = await page.evaluate(async () => {
      const response = await fetch('/');
      return [response.status, await response.text()] as const;
    });
    expect(answer[0]).toBe(403);
    expect(answer[1]).not.toContain('<');
    for (const host of [REBOUND, '127.0.0.1']) {
      const socket = `ws://${host}:${new URL(desktop.origin).port}/port`;
      expect(await tryWebSocket(page, socket, '{}')).toBe('closed 1006');
    }
  });

  it('gets an answer under the app’s own name only', async () => {
    // The control for the refusals above: the same socket from the right origin.
    const page = await browser.newPage();
    await page.goto(`${desktop.origin}/#`);
    const token = new URLSearchParams(new URL(desktop.address).hash.slice(1)).get('token')!;
    const socket = `${desktop.origin.replace('http', 'ws')}/port`;
    const { id: key } = await PageKey.from(token);
    const hello = (one: string) => JSON.stringify({ key: one, nonce: 'A'.repeat(43) });
    expect(await tryWebSocket(page, socket, JSON.stringify({ token }))).toBe('closed 4401');
    expect(await tryWebSocket(page, socket, hello('A'.repeat(43)))).toBe('closed 4401');
    expect(await tryWebSocket(page, socket, hello(key))).toBe('answered');
    const { port } = new URL(desktop.origin);
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'other.localhost']) {
      const response = await page.goto(`http://${name}:${port}/`);
      expect(response?.status()).toBe(403);
    }
  });
});

async function expectRefused(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'This link was already used' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
}
