import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { onTestFinished } from 'vitest';
import {
  BinaryKind,
  encodePageFrame,
  type AppEvent,
  type Failure,
  type Method,
  type Port,
} from '../../src/messages/index.js';
import { startServer } from '../../src/server/index.js';
import { chromiumProgram } from '../../../../test/support/chromium-program.js';

/** What the scripted app answers: nothing for ever, a failure, or a result and what it tells then. */
export type ScriptedAnswer =
  | 'never'
  | { readonly error: Failure }
  | { readonly result?: unknown; readonly events?: readonly AppEvent[] };

/** What the scripted app answers, by method; a method that is not named succeeds with nothing. */
export type Answers = Partial<Record<Method, ScriptedAnswer | ((params: never) => ScriptedAnswer)>>;

/** What the app behind the page says. */
export interface Script {
  readonly events: readonly AppEvent[];
  readonly answers?: Answers;
  /** Which pictures come, ten a second. */
  readonly pictures?: readonly ('remote' | 'preview')[];
}

/** A page of the UI, and the app behind it as a test drives it. */
export interface Scene {
  readonly page: Page;
  /** What the page asked for, in order. */
  readonly requests: readonly { readonly method: Method; readonly params: unknown }[];
  /** What the browser wrote to its console as warning or error, and what was thrown. */
  readonly complaints: readonly string[];
  tell(...events: readonly AppEvent[]): void;
  /** Says how old a picture is when it is sent, ms, by its number; before: 0. */
  agePictures(age: (number: number) => number): void;
  /** Cuts the page off; it may come back. */
  cut(): void;
  /** Cuts the page off, which gets no answer until what this gives is called. */
  lose(): Promise<() => Promise<void>>;
}

/** Serves the UI, built from its sources, as the app does. */
export interface Gallery {
  /** Opens the UI with a scripted app behind it, until the test is over. */
  show(script: Script): Promise<Scene>;
  close(): Promise<void>;
}

/** A browser for a whole file of tests; whoever opens it closes it. */
export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('No Chromium is on the path.');
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args, timeout: 60_000 });
}

export async function openGallery(browser: Browser): Promise<Gallery> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-gallery-'));
  await build({
    configFile: join(import.meta.dirname, '../../vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  let connect: (port: Port) => void = () => undefined;
  const server = await startServer({
    folder,
    halfFile: () => undefined,
    connect: (port) => connect(port),
  });
  const picture = await drawPicture(browser);

  return {
    async show(script) {
      const context = await browser.newContext({ locale: 'en-GB' });
      onTestFinished(() => context.close());
      const app = new ScriptedApp(script, picture);
      onTestFinished(() => app.end());
      connect = (port) => app.connect(port);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (entry) => {
        const isTrouble = ['error', 'warning'].includes(entry.type());
        // Which features a browser knows differs from one to the next.
        if (isTrouble && !entry.text().includes('Permissions-Policy'))
          complaints.push(entry.text());
      });
      await page.goto(server.address());
      return {
        page,
        complaints,
        requests: app.requests,
        tell: (...events) => app.tell(...events),
        agePictures: (age) => (app.age = age),
        cut: () => app.end(),
        lose: async () => {
          await page.evaluate(() => {
            const real = window.WebSocket;
            class Silent {
              onclose: (event: { code: number }) => void = () => undefined;
              constructor() {
                Object.assign(window, { endSilence: () => this.onclose({ code: 1006 }) });
              }
            }
            Object.assign(window, { WebSocket: Silent, realWebSocket: real });
          });
          app.end();
          await page.waitForFunction(() => 'endSilence' in window);
          return () =>
            page.evaluate(() => {
              const silence = window as unknown as { realWebSocket: unknown; endSilence(): void };
              Object.assign(window, { WebSocket: silence.realWebSocket });
              silence.endSilence();
            });
        },
      };
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

class ScriptedApp {
  readonly requests: { readonly method: Method; readonly params: unknown }[] = [];
  age: (number: number) => number = () => 0;
  readonly #script: Script;
  readonly #picture: Uint8Array;
  #port: Port | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(script: Script, picture: Uint8Array) {
    this.#script = script;
    this.#picture = picture;
  }

  connect(port: Port): void {
    this.#port = port;
    let isHere = false;
    port.onMessage((message) => {
      if (typeof message !== 'string') return;
      if (isHere) this.#answer(message);
      // The page said what it is.
      else this.tell(...this.#script.events);
      isHere = true;
    });
    let number = 0;
    this.#timer = setInterval(() => {
      for (const kind of this.#script.pictures ?? []) this.#sendPicture(kind, number);
      number += 1;
    }, 100);
  }

  tell(...events: readonly AppEvent[]): void {
    for (const event of events) this.#port?.send(JSON.stringify(event));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#port?.close();
  }

  #answer(message: string): void {
    const { id, method, params } = JSON.parse(message) as {
      id: number;
      method: Method;
      params: unknown;
    };
    this.requests.push({ method, params });
    const script = this.#script.answers?.[method] ?? {};
    const answer = typeof script === 'function' ? script(params as never) : script;
    if (answer === 'never') return;
    if ('error' in answer) {
      this.#port?.send(JSON.stringify({ id, error: answer.error }));
      return;
    }
    this.tell(...(answer.events ?? []));
    this.#port?.send(JSON.stringify({ id, result: answer.result ?? null }));
  }

  #sendPicture(kind: 'remote' | 'preview', number: number): void {
    const frame = {
      codec: 'jpeg',
      width: 1280,
      height: 720,
      capturedAt: Date.now() - this.age(number),
      data: this.#picture,
    } as const;
    this.#port?.send(encodePageFrame({ kind: BinaryKind[kind], number, frame }));
  }
}

/** A JPEG of somebody at a window, drawn by the browser. */
async function drawPicture(browser: Browser): Promise<Uint8Array> {
  const page = await browser.newPage();
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    const paint = canvas.getContext('2d')!;
    const wall = paint.createLinearGradient(0, 0, 1280, 720);
    wall.addColorStop(0, '#d9c7ae');
    wall.addColorStop(1, '#8a7a66');
    const disc = (x: number, y: number, rx: number, ry: number, colour: string): void => {
      paint.fillStyle = colour;
      paint.beginPath();
      paint.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
      paint.fill();
    };
    paint.fillStyle = wall;
    paint.fillRect(0, 0, 1280, 720);
    paint.fillStyle = '#f4efe4';
    paint.fillRect(120, 80, 300, 360);
    paint.fillStyle = '#9fc3d4';
    paint.fillRect(140, 100, 260, 320);
    disc(1080, 420, 120, 190, '#5d7a55');
    paint.fillStyle = '#a0583c';
    paint.fillRect(1010, 560, 140, 160);
    disc(660, 760, 330, 260, '#33566b');
    paint.fillStyle = '#c58f6f';
    paint.fillRect(610, 420, 100, 110);
    disc(660, 290, 150, 170, '#3b2a22');
    disc(660, 330, 122, 150, '#d8a582');
    return canvas.toDataURL('image/jpeg', 0.8);
  });
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
