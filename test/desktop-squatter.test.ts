/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket, WebSocketServer } from 'ws';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { openChromium } from './support/chromium.js';
import { Desktop, openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const root = join(import.meta.dirname, '..');
const ws = createRequire(join(root, 'hosts/desktop/package.json'))('ws') as {
  readonly WebSocketServer: typeof WebSocketServer;
};

/** The script that a squatter runs in every page of its origin; it reports to the squatter. */
const EVIL = "fetch('/ran'); export default () => fetch('/ran-as-module');";
const EVIL_PAGE = `<!doctype html><title>Squatted</title><script type="module">
  await navigator.serviceWorker.register('/worker.js');
  await navigator.serviceWorker.ready;
  document.title = 'Planted';
</script>`;
const EVIL_WORKER = `
  onactivate = (event) => event.waitUntil(clients.claim());
  onfetch = (event) => event.respondWith(new Response('<title>Taken</title>', { headers: { 'Content-Type': 'text/html' } }));`;

/** A program that takes Roomkey's port after its end, and poses as Roomkey. */
class Squatter {
  /** Requested paths. */
  readonly asked: string[] = [];
  /** Messages received over WebSockets. */
  readonly heard: string[] = [];
  dials = 0;
  readonly #server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push(path);
    const isScript = path.endsWith('.js');
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(path === '/worker.js' ? EVIL_WORKER : isScript ? EVIL : EVIL_PAGE);
  });

  constructor() {
    const sockets = new ws.WebSocketServer({ noServer: true });
    this.#server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (opened) => this.#meet(opened)),
    );
    onTestFinished(() => this.close());
  }

  async listen(address: string, port: number): Promise<this> {
    this.#server.listen(port, address);
    await once(this.#server, 'listening');
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #meet(socket: WebSocket): void {
    this.dials += 1;
    const made = 'A'.repeat(43);
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      this.heard.push(text);
      // Answers like Roomkey as far as it can, also like an older version, and continues as if accepted.
      for (const answer of [
        text.includes('"key"') ? { nonce: made } : { proof: made, secret: made },
        { event: 'account', account: null },
        { event: 'page-modules', modules: ['/evil.js'] },
      ]) {
        socket.send(JSON.stringify(answer));
      }
    });
  }
}

describeWith('chromium', 'a program that takes Roomkey’s port', () => {
  it.each(['127.0.0.1', '::1'])(
    'gets nothing from an open tab, on %s: no code runs, no input arrives, and the tab leaves the origin',
    async (address) => {
      const [[home], browser] = await Promise.all([openHomes(1), openChromium('none')]);
      const desktop = await Desktop.start(home!);
      const { page, welcome } = await AppWindow.open(browser, desktop.address);
      await welcome.getByLabel('Name', { exact: true }).fill('Grace');
      await welcome.getByLabel('Password', { exact: true }).fill('typed before');
      const secret = await page.evaluate(() => sessionStorage.getItem('roomkey-secret'));
      expect(secret).not.toBeNull();

      await desktop.kill();
      const port = Number(new URL(desktop.origin).port);
      const squatter = await new Squatter().listen(address, port);
      await page.getByRole('heading', { name: 'Roomkey has closed' }).waitFor();
      expect(await page.getByRole('button').count()).toBe(0);
      await page.waitForURL('about:blank', { timeout: STEP_MS });

      // The tab did dial, and one answer was enough.
      expect(squatter.dials).toBe(1);
      expect(squatter.asked).toEqual([]);
      expect(squatter.heard).toHaveLength(2);
      const token = new URL(desktop.address).hash.slice('#token='.length);
      for (const kept of [secret!, token, 'typed before', 'Grace']) {
        expect(squatter.heard.join('\n')).not.toContain(kept);
      }
      // Going back does not reach the squatter either.
      await page.goBack().catch(() => null);
      expect(squatter.asked).toEqual([]);
    },
  );

  it('is dialed only a few times if it stays silent', async () => {
    const [[home], browser] = await Promise.all([openHomes(1), openChromium('none')]);
    const desktop = await Desktop.start(home!);
    const { page, welcome } = await AppWindow.open(browser, desktop.address);
    await welcome.waitFor();
    let dials = 0;
    const deaf = createServer();
    deaf.on('connection', (socket) => {
      dials += 1;
      socket.end();
    });
    onTestFinished(() => void deaf.close());
    await desktop.kill();
    deaf.listen(Number(new URL(desktop.origin).port), '127.0.0.1');
    await once(deaf, 'listening');
    await page.waitForURL('about:blank', { timeout: STEP_MS });
    // The page tries six times; a browser may connect twice for one attempt.
    expect(dials).toBeLessThanOrEqual(12);
  });

  it('is not dialed at all after a regular end of Roomkey', async () => {
    const [[home], browser] = await Promise.all([openHomes(1), openChromium('none')]);
    const desktop = await Desktop.start(home!);
    const { page, welcome } = await AppWindow.open(browser, desktop.address);
    await welcome.waitFor();
    let dials = 0;
    page.on('websocket', () => (dials += 1));
    await desktop.end();
    await page.getByRole('heading', { name: 'Roomkey has closed' }).waitFor();
    await page.waitForURL('about:blank', { timeout: STEP_MS });
    expect(dials).toBe(0);
  });

  it('cannot affect the next start by a service worker that it installed', async () => {
    const [[home], browser] = await Promise.all([openHomes(1), openChromium('none')]);
    const context = await browser.newContext();
    const first = await Desktop.start(home!);
    const window = await AppWindow.open(context, first.address);
    await window.welcome.waitFor();
    await first.kill();
    const squatter = await new Squatter().listen('127.0.0.1', Number(new URL(first.origin).port));
    // The person reloads the tab before it has left.
    await window.page.goto(first.origin);
    await expect.poll(() => window.page.title(), { timeout: STEP_MS }).toMatch(/Planted|Taken/);
    squatter.close();
    await window.page.goto(first.origin);
    expect(await window.page.title()).toBe('Taken');

    const second = await Desktop.start(home!);
    expect(new URL(second.origin).hostname).not.toBe(new URL(first.origin).hostname);
    const next = await AppWindow.open(context, second.address);
    await next.welcome.waitFor();
    const workers = await next.page.evaluate(async () => ({
      controller: navigator.serviceWorker.controller,
      count: (await navigator.serviceWorker.getRegistrations()).length,
    }));
    expect(workers).toEqual({ controller: null, count: 0 });
    const refused = await next.page.evaluate(() =>
      navigator.serviceWorker.register('/theme.js').then(
        () => 'registered',
        () => 'refused',
      ),
    );
    expect(refused).toBe('refused');
  });
});
