import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Side } from './browser-side.js';
import { median } from './goal.js';
import type { Seen } from './page/bench-page.js';

/** The way of a picture. `direct`: to the screen of the page that has the camera. */
export type Way = 'direct' | 'call' | 'bothWays' | 'webRtc';

/** The figures of one round; of two directions the worse. */
export interface Figures {
  /** From painted to drawn, ms. */
  readonly p50: number;
  readonly p95: number;
  /** Share of the painted pictures that arrived in the other page. */
  readonly arrived: number;
  /** Share of the painted pictures that were drawn. */
  readonly drawn: number;
  /** Processor time of all processes, as a share of one core. */
  readonly cpu: number;
  /** Bits per second that arrived in the second page. */
  readonly rate: number;
}

const WARM_UP_MS = 2_000;
const MEASURED_MS = 6_000;
/** Longer than a picture takes, so that the last ones arrive. */
const TAIL_MS = 500;
/** The bit rate of camera-browser for 1280 × 720 at 30 fps and quality 80. */
const BITS_A_SECOND = 2_488_320;
const TICKS_A_SECOND = 100;

/** Measures one round, between sides whose call is live and without video. */
export async function measureRound(
  browser: Browser,
  sides: readonly [Side, Side],
  way: Way,
): Promise<Figures> {
  const [, to] = sides;
  const painting = routes(sides, way).map(([source]) => source);
  await start(sides, way);
  for (const { page } of painting) await page.evaluate((bench) => bench.startPainting());
  await sleep(WARM_UP_MS);
  for (const { page } of sides) await page.evaluate((bench) => bench.forget());
  const cpuBefore = await cpuTime(browser, sides);
  const begun = performance.now();
  const rtcBefore = await to.page.evaluate((bench) => bench.receivedBytes());
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - begun) / 1_000;
  const cpu = (await cpuTime(browser, sides)) - cpuBefore;
  const rtcBytes = (await to.page.evaluate((bench) => bench.receivedBytes())) - rtcBefore;
  for (const { page } of painting) await page.evaluate((bench) => bench.stopPainting());
  await sleep(TAIL_MS);
  const seen = new Map<Side, Seen>();
  for (const side of sides) seen.set(side, await side.page.evaluate((bench) => bench.seen()));
  const notices = [...seen.values()].flatMap((side) => side.notices);
  if (notices.length > 0) throw new Error(notices.join(' '));
  await stop(sides, way);

  const directions = routes(sides, way).map(([source, target]) =>
    compare(seen.get(source)!, seen.get(target)!),
  );
  return {
    p50: Math.max(...directions.map(({ p50 }) => p50)),
    p95: Math.max(...directions.map(({ p95 }) => p95)),
    arrived: isCall(way) ? Math.min(...directions.map(({ arrived }) => arrived)) : NaN,
    drawn: Math.min(...directions.map(({ drawn }) => drawn)),
    cpu: cpu / seconds,
    rate: ((isCall(way) ? seen.get(to)!.received.bytes : rtcBytes) * 8) / seconds,
  };
}

/** The directions of the pictures: from a side's camera to a side's screen. */
function routes([from, to]: readonly [Side, Side], way: Way): [source: Side, target: Side][] {
  if (way === 'direct') return [[from, from]];
  return way === 'bothWays'
    ? [
        [from, to],
        [to, from],
      ]
    : [[from, to]];
}

/** Compares the pictures that were painted in one page with those drawn in another, or in the same. */
function compare(source: Seen, target: Seen): Pick<Figures, 'p50' | 'p95' | 'arrived' | 'drawn'> {
  const ages = agesOf(source, target);
  return {
    p50: median(ages),
    p95: ages.toSorted((a, b) => a - b)[Math.floor(ages.length * 0.95)] ?? NaN,
    arrived: target.received.units / source.painted.length,
    drawn: ages.length / source.painted.length,
  };
}

function isCall(way: Way): boolean {
  return way === 'call' || way === 'bothWays';
}

async function start(sides: readonly [Side, Side], way: Way): Promise<void> {
  const [from, to] = sides;
  switch (way) {
    case 'direct':
      await from.page.evaluate((bench) => bench.drawDirectly());
      break;
    case 'webRtc': {
      const offer = await from.page.evaluate((bench) => bench.offer());
      const answer = await to.page.evaluate((bench, sdp) => bench.answer(sdp), offer);
      await from.page.evaluate((bench, args) => bench.accept(...args), [
        answer,
        BITS_A_SECOND,
      ] as const);
      break;
    }
    case 'call':
    case 'bothWays':
      for (const [{ page }] of routes(sides, way)) {
        // A camera counts as open only after its first picture.
        await page.evaluate((bench) => bench.startPainting());
        await page.evaluate((bench) => bench.request('call.startCamera', {}));
        await page.evaluate((bench) => bench.stopPainting());
      }
  }
}

async function stop(sides: readonly [Side, Side], way: Way): Promise<void> {
  for (const { page } of sides) {
    await page.evaluate((bench) => bench.stop());
    if (isCall(way)) await page.evaluate((bench) => bench.request('call.stopCamera', {}));
  }
}

/** How long each drawn picture took, ms. */
export function agesOf(source: Seen, target: Seen): number[] {
  const paintedAt = new Map(source.painted);
  const drawnAt = new Map<number, number>();
  for (const [number, at] of target.drawn) {
    if (number !== undefined && paintedAt.has(number) && !drawnAt.has(number)) {
      drawnAt.set(number, at);
    }
  }
  return [...drawnAt].map(([number, at]) => at - (paintedAt.get(number) ?? NaN));
}

/** The processor time of the browser's and the apps' processes so far, seconds. */
async function cpuTime(browser: Browser, sides: readonly Side[]): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const apps = sides.flatMap(({ app: { pid } }) => pid ?? []);
  return [...processInfo.map(({ id }) => id), ...apps].reduce((sum, pid) => sum + cpuOf(pid), 0);
}

/** User and system time, the 12th and 13th field after the name. See proc_pid_stat(5). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
