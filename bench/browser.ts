/**
 * Two pages of one Chromium, each with an app in a process of its own, and a call between them: the
 * ways of a picture from one page's camera to the other one's screen.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, type Plugin } from 'vite';
import { freePort } from './free-port.js';
import { alternateAll, median } from './goal.js';

/** How a picture goes. `direct`: to the screen of the page that has the camera. */
export type Way = 'direct' | 'call' | 'bothWays' | 'webRtc';

/** What one round gave. */
export interface Figures {
  /** From painted to drawn, ms. */
  readonly p50: number;
  readonly p95: number;
  /** Share of the painted pictures that came into the other page. */
  readonly arrived: number;
  /** Share of the painted pictures that were drawn. */
  readonly drawn: number;
  /** Processor time of all processes, as a share of one core. */
  readonly cpu: number;
  /** Bits a second that came into the other page. */
  readonly rate: number;
}

/** Bytes and quality of the clip. */
export interface EncodedClip {
  readonly bytes: number;
  /** dB, of luma. */
  readonly psnr: number;
}

/** What a page tells of the time since `forget`. */
interface Seen {
  readonly painted: readonly (readonly [number: number, at: number])[];
  readonly drawn: readonly (readonly [number: number | undefined, at: number])[];
  readonly received: { readonly frames: number; readonly bytes: number };
  readonly notices: readonly string[];
}

/** Between two pictures of the camera, as it is asked for. */
export const INTERVAL_MS = 1_000 / 30;

const WARM_UP_MS = 2_000;
const MEASURED_MS = 6_000;
/** Longer than a picture takes, so that those painted last have come. */
const TAIL_MS = 500;
/** What camera-browser takes for 1280 × 720 at 30 a second and quality 80. */
const BITS_A_SECOND = 2_488_320;
const TICKS_A_SECOND = 100;
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const pageFolder = fileURLToPath(new URL('../page', import.meta.url));

/** The browser's program: the one `ROOMKEY_CHROMIUM` names, else the first on the path. */
export function chromiumProgram(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return process.env['ROOMKEY_CHROMIUM'] ?? paths.find(existsSync);
}

/** Why the goals of the browser cannot be measured here. */
export function missingChromium(): string | undefined {
  return chromiumProgram() === undefined
    ? 'there is no Chromium on the path, and ROOMKEY_CHROMIUM names none'
    : undefined;
}

/** One side: an app in a process of its own, and its page. */
interface Side {
  readonly app: ChildProcess;
  readonly page: Page;
}

export class BrowserBench {
  readonly #browser: Browser;
  readonly #folder: string;
  readonly #sides: readonly [Side, Side];

  private constructor(browser: Browser, folder: string, sides: readonly [Side, Side]) {
    this.#browser = browser;
    this.#folder = folder;
    this.#sides = sides;
  }

  /** Starts everything, up to a live call without pictures. */
  static async open(): Promise<BrowserBench> {
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
    const built = join(folder, 'page');
    await buildPage(built);
    const browser = await openChromium();
    const udpPort = await freePort();
    const open = (name: string): Promise<Side> => openSide(browser, folder, name, udpPort, built);
    const bench = new BrowserBench(browser, folder, [await open('host'), await open('guest')]);
    await bench.#call();
    return bench;
  }

  /** One round. */
  async measure(way: Way): Promise<Figures> {
    const [from, to] = this.#sides;
    const painting = way === 'bothWays' ? [from, to] : [from];
    const drawing = way === 'direct' ? from : to;
    await this.#start(way);
    for (const { page } of painting) await evaluate(page, 'startPainting');
    await sleep(WARM_UP_MS);
    for (const { page } of this.#sides) await evaluate(page, 'forget');
    const before = {
      cpu: await this.#cpu(),
      at: performance.now(),
      bytes: await rtcBytes(way, to),
    };
    await sleep(MEASURED_MS);
    const seconds = (performance.now() - before.at) / 1_000;
    const cpu = (await this.#cpu()) - before.cpu;
    const rtc = (await rtcBytes(way, to)) - before.bytes;
    for (const { page } of painting) await evaluate(page, 'stopPainting');
    await sleep(TAIL_MS);
    const source = await evaluate<Seen>(from.page, 'seen');
    const target = await evaluate<Seen>(drawing.page, 'seen');
    if (target.notices.length > 0) throw new Error(target.notices.join(' '));
    await this.#stop(way);
    const paintedAt = new Map(source.painted);
    const drawnAt = new Map<number, number>();
    for (const [number, at] of target.drawn) {
      if (number !== undefined && paintedAt.has(number) && !drawnAt.has(number)) {
        drawnAt.set(number, at);
      }
    }
    const ages = [...drawnAt].map(([number, at]) => at - (paintedAt.get(number) ?? NaN));
    const isCall = way === 'call' || way === 'bothWays';
    return {
      p50: median(ages),
      p95: ages.toSorted((a, b) => a - b)[Math.floor(ages.length * 0.95)] ?? NaN,
      arrived: isCall ? target.received.frames / paintedAt.size : NaN,
      drawn: ages.length / paintedAt.size,
      cpu: cpu / seconds,
      rate: ((isCall ? target.received.bytes : rtc) * 8) / seconds,
    };
  }

  /** Encodes the clip in the page, and compares what is decoded with what was painted. */
  encodeClip(codec: 'jpeg' | 'h264', quality: number, frames: number): Promise<EncodedClip> {
    return evaluate(this.#sides[0].page, 'compareCodecs', codec, quality, frames);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const { app } of this.#sides) {
      const exited = once(app, 'exit');
      app.disconnect();
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #call(): Promise<void> {
    const [host, guest] = this.#sides;
    for (const [name, { page }] of [
      ['host', host],
      ['guest', guest],
    ] as const) {
      await evaluate(page, 'request', 'account.create', { name, password: 'a password of mine' });
    }
    await evaluate(host.page, 'request', 'rooms.create', { name: 'bench' });
    const joined: Promise<unknown>[] = [];
    for (const { page } of this.#sides) {
      const id = await evaluate<string>(page, 'room', 'bench');
      joined.push(evaluate(page, 'request', 'call.join', { id }));
    }
    await Promise.all(joined);
    for (const { page } of this.#sides) await evaluate(page, 'live');
  }

  async #start(way: Way): Promise<void> {
    const [from, to] = this.#sides;
    switch (way) {
      case 'direct':
        await evaluate(from.page, 'drawDirectly');
        break;
      case 'webRtc': {
        const answer = await evaluate(to.page, 'answer', await evaluate(from.page, 'offer'));
        await evaluate(from.page, 'accept', answer, BITS_A_SECOND);
        break;
      }
      case 'call':
      case 'bothWays':
        for (const { page } of way === 'call' ? [from] : this.#sides) {
          // A camera is open when its first picture has come.
          await evaluate(page, 'startPainting');
          await evaluate(page, 'request', 'call.startCamera', {});
          await evaluate(page, 'stopPainting');
        }
    }
  }

  async #stop(way: Way): Promise<void> {
    for (const { page } of this.#sides) {
      await evaluate(page, 'stop');
      if (way === 'call' || way === 'bothWays') {
        await evaluate(page, 'request', 'call.stopCamera', {});
      }
    }
  }

  /** Processor time so far of the browser's processes and the apps', seconds. */
  async #cpu(): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const apps = this.#sides.flatMap(({ app: { pid } }) => pid ?? []);
    return [...processInfo.map(({ id }) => id), ...apps].reduce((sum, pid) => sum + cpuOf(pid), 0);
  }
}

async function openSide(
  browser: Browser,
  folder: string,
  name: string,
  udpPort: number,
  built: string,
): Promise<Side> {
  const home = join(folder, name);
  await mkdir(home);
  const program = fileURLToPath(new URL('app-process.js', import.meta.url));
  const app = fork(program, [home, String(udpPort), built]);
  const [address] = (await once(app, 'message')) as [string];
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => console.error(`In the page of ${name}: ${error.message}`));
  await page.goto(address);
  await page.waitForFunction(() => 'bench' in globalThis);
  return { app, page };
}

async function openChromium(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('There is no Chromium.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // WebRTC finds the other page by its address on this machine, and asks no name server.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
}

/** As the UI is built, with the probe in the player's worker. */
async function buildPage(outDir: string): Promise<void> {
  const probe: Plugin = {
    name: 'probe',
    transform: (code, id) =>
      id.split('?')[0]?.endsWith('ui/video/worker.ts')
        ? `import ${JSON.stringify(join(pageFolder, 'probe.js'))};\n${code}`
        : undefined,
  };
  await build({
    configFile: false,
    root: pageFolder,
    base: './',
    logLevel: 'error',
    build: { outDir, target: 'chrome120', modulePreload: false, assetsInlineLimit: 0 },
    worker: { format: 'es', plugins: () => [probe] },
  });
}

function evaluate<T = unknown>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate(
    ([name, args]) => {
      const { bench } = globalThis as unknown as {
        bench: Record<string, (...args: unknown[]) => T>;
      };
      return bench[name]?.(...args) as T;
    },
    [name, args] as const,
  );
}

async function rtcBytes(way: Way, { page }: Side): Promise<number> {
  return way === 'webRtc' ? evaluate(page, 'receivedBytes') : 0;
}

/** proc_pid_stat(5): user and system time, the twelfth and thirteenth after the name. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Measures ways against each other, in turns. @returns the medians of each */
export async function compareWays<W extends Way>(ways: readonly W[]): Promise<Record<W, Figures>> {
  const bench = await BrowserBench.open();
  try {
    const rounds = ways.map((way) => [way, () => bench.measure(way)] as const);
    const medians = await alternateAll(
      Object.fromEntries(rounds) as Record<W, () => Promise<Figures>>,
    );
    tell(medians);
    return medians;
  } finally {
    await bench.close();
  }
}

/** Says what the figures of the goals were made of. */
function tell(ways: Readonly<Record<string, Figures>>): void {
  for (const [name, { p50, p95, arrived, drawn, cpu, rate }] of Object.entries(ways)) {
    const parts = [
      `p50 ${p50.toFixed(1)} ms`,
      `p95 ${p95.toFixed(1)} ms`,
      `${(drawn * 100).toFixed(1)} % drawn`,
      ...(Number.isNaN(arrived) ? [] : [`${(arrived * 100).toFixed(1)} % arrived`]),
      `${(cpu * 100).toFixed(0)} % of a core`,
      `${(rate / 1e6).toFixed(2)} Mbit/s`,
    ];
    console.error(`  ${name}: ${parts.join(', ')}`);
  }
}
