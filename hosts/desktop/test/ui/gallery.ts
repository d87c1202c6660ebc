import type { Browser, Page } from 'playwright-core';
import { beforeAll, onTestFinished } from 'vitest';
import { videoHeader, type VideoKind, type VideoUnit } from '@roomkey/core/wire';
import {
  BinaryKind,
  decodeConsumed,
  encodePreviewUnit,
  encodeRemoteUnit,
  type AppEvent,
  type FailureView,
  type Method,
  type Port,
} from '../../src/messages/index.js';
import { useChromium } from '../../../../test/support/chromium.js';
import { servePage, useBuiltPage } from '../support/built-page.js';
import { cutConnections, stall } from '../support/cut-connections.js';

/** A scripted answer: none, a failure, or a result, and events sent with it. */
export type ScriptedAnswer =
  | 'never'
  | { readonly error: FailureView; readonly events?: readonly AppEvent[] }
  | { readonly result?: unknown; readonly events?: readonly AppEvent[] };

/** Scripted answers by method. Others succeed, without cameras or a result. */
export type Answers = Partial<
  Record<Method, ScriptedAnswer | ((params: never) => ScriptedAnswer | Promise<ScriptedAnswer>)>
>;

/** What the scripted app sends. */
export interface Script {
  readonly events: readonly AppEvent[];
  readonly answers?: Answers;
  /** The owner of the units that are sent, ten per second. */
  readonly units?: readonly `${'remote' | 'preview'} ${VideoKind}`[];
}

/** A page of the UI and the scripted app behind it. */
export interface TestUi {
  readonly page: Page;
  /** The page's requests in order. */
  readonly requests: readonly { readonly method: Method; readonly params: unknown }[];
  /** Console warnings and errors, and uncaught exceptions. */
  readonly complaints: readonly string[];
  /** The participant's units that were sent, and those that the page took, in order. */
  readonly remoteUnits: Readonly<Record<'sent' | 'consumed', readonly string[]>>;
  emit(...events: readonly AppEvent[]): void;
  /** Counts the units from 0 again, as a new stream does. */
  restartUnits(): void;
  /** From now on sends no units, undecodable ones, or good ones again. */
  spoilUnits(how: 'good' | 'none' | 'broken'): void;
  /** Disconnects the page, which may reconnect. */
  cut(): void;
  /** Holds back the app's output; `false` releases it. */
  stall(isSilent: boolean): void;
  /** Ends the app cleanly. */
  end(): void;
  /**
   * Disconnects the page and blocks reconnects. The returned function unblocks them and waits for
   * the reconnect.
   */
  lose(): Promise<() => Promise<void>>;
}

/** The UI, built from source and served like the app does. */
export interface Gallery {
  /** Opens the UI with a scripted app until the test ends, and waits for its first events. */
  show(script: Script): Promise<TestUi>;
}

/** The UI and a browser for all tests of the current suite. */
export function useGallery(): Gallery {
  const browser = useChromium('none');
  const folder = useBuiltPage();
  let picture: Uint8Array;
  beforeAll(async () => {
    picture = await drawPicture(browser());
  });

  return {
    async show(script) {
      const app = new ScriptedApp(script, picture);
      const server = await servePage(folder(), { connect: (port) => app.connect(port) });
      const context = await browser().newContext({ locale: 'en-GB' });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (entry) => {
        const isTrouble = ['error', 'warning'].includes(entry.type());
        // Browsers differ in the features they know.
        if (isTrouble && !entry.text().includes('Permissions-Policy'))
          complaints.push(entry.text());
      });
      // The page leaves its origin after a while; tests look at it longer.
      await page.addInitScript(() => {
        const real = window.setTimeout.bind(window);
        const isLeaving = (ms: number | undefined): boolean => ms === 15_000;
        Object.assign(window, {
          setTimeout: (act: () => void, ms?: number) => (isLeaving(ms) ? 0 : real(act, ms)),
        });
      });
      const greeted = app.nextGreeting();
      await page.goto(await server.address());
      await greeted;
      return {
        page,
        complaints,
        requests: app.requests,
        remoteUnits: app.remoteUnits,
        emit: (...events) => app.tell(...events),
        restartUnits: () => (app.nextUnit = 0),
        spoilUnits: (how) => (app.units = how),
        cut: () => cutConnections(server),
        stall: (isSilent) => stall(server, isSilent),
        end: () => app.close(),
        lose: async () => {
          await page.evaluate(() => {
            const real = window.WebSocket;
            class Silent {
              onclose: (event: { code: number }) => void = () => undefined;
              constructor() {
                Object.assign(window, { endSilence: () => this.onclose({ code: 1006 }) });
              }
              close = (): void => undefined;
            }
            Object.assign(window, { WebSocket: Silent, realWebSocket: real });
          });
          cutConnections(server);
          await page.waitForFunction(() => 'endSilence' in window);
          return async () => {
            const greetedAgain = app.nextGreeting();
            await page.evaluate(() => {
              const silence = window as unknown as { realWebSocket: unknown; endSilence(): void };
              Object.assign(window, { WebSocket: silence.realWebSocket });
              silence.endSilence();
            });
            await greetedAgain;
          };
        },
      };
    },
  };
}

const noDevices: Answers = {
  'camera.devices': { result: [] },
  'audio.devices': { result: { inputs: [], outputs: [] } },
};

class ScriptedApp {
  readonly requests: { readonly method: Method; readonly params: unknown }[] = [];
  readonly remoteUnits: Record<'sent' | 'consumed', string[]> = { sent: [], consumed: [] };
  nextUnit = 0;
  units: 'good' | 'none' | 'broken' = 'good';
  readonly #script: Script;
  readonly #picture: Uint8Array;
  #port: Port | undefined;
  #onGreeting: () => void = () => undefined;

  constructor(script: Script, picture: Uint8Array) {
    this.#script = script;
    this.#picture = picture;
  }

  connect(port: Port): void {
    this.#port = port;
    let isHere = false;
    port.onMessage((message) => {
      if (typeof message !== 'string') this.#onBytes(message);
      else if (isHere) void this.#answer(message);
      else this.#greet();
      isHere ||= typeof message === 'string';
    });
    const timer = setInterval(() => {
      for (const track of this.#script.units ?? []) this.#sendUnit(track, this.nextUnit);
      this.nextUnit += 1;
    }, 100);
    port.onClose(() => clearInterval(timer));
  }

  /** Waits until the next page has sent its hello and got the first events. */
  nextGreeting(): Promise<void> {
    return new Promise((resolve) => (this.#onGreeting = resolve));
  }

  tell(...events: readonly AppEvent[]): void {
    for (const event of events) this.#port?.send(JSON.stringify(event));
  }

  close(): void {
    this.#port?.close();
  }

  #greet(): void {
    this.tell(...this.#script.events);
    this.#onGreeting();
  }

  async #answer(message: string): Promise<void> {
    const { id, method, params } = JSON.parse(message) as {
      id: number;
      method: Method;
      params: unknown;
    };
    this.requests.push({ method, params });
    const script = this.#script.answers?.[method] ?? noDevices[method] ?? {};
    const answer = typeof script === 'function' ? await script(params as never) : script;
    if (answer === 'never') return;
    this.tell(...(answer.events ?? []));
    const response =
      'error' in answer ? { error: answer.error } : { result: answer.result ?? null };
    this.#port?.send(JSON.stringify({ id, ...response }));
  }

  #onBytes(message: Uint8Array): void {
    if (message[0] !== BinaryKind.consumed) return;
    const { track, number } = decodeConsumed(message);
    this.remoteUnits.consumed.push(`${track} ${number}`);
  }

  #sendUnit(of: NonNullable<Script['units']>[number], number: number): void {
    if (this.units === 'none') return;
    const about = { isKey: true, width: 1280, height: 720, capturedAt: Date.now() };
    const unit: VideoUnit =
      this.units === 'good'
        ? { ...about, codec: 'jpeg', data: this.#picture }
        : // Of a codec of which the browser can show nothing.
          { ...about, codec: 'vp8', data: Uint8Array.of(1, 2, 3, 4) };
    const [way, track] = of.split(' ') as ['remote' | 'preview', VideoKind];
    if (way === 'preview') {
      this.#port?.send(encodePreviewUnit(track, unit, number));
      return;
    }
    this.remoteUnits.sent.push(`${track} ${number}`);
    const bytes = Buffer.concat([videoHeader({ ...unit, number }), unit.data]);
    this.#port?.send(encodeRemoteUnit(track, number, bytes));
  }
}

/** A JPEG of a person at a window, drawn by the browser. */
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
    const disc = (x: number, y: number, rx: number, ry: number, color: string): void => {
      paint.fillStyle = color;
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
