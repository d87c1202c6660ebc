import { setTimeout as sleep } from 'node:timers/promises';
import { agesOf } from './browser-round.js';
import type { Side } from './browser-side.js';
import { latenciesOf } from './chirps.js';
import { median } from './goal.js';
import { descriptorsOf, residentBytesOf } from './process-figures.js';
import { startSound } from './sound-round.js';
import { appTarget, pageTarget, type Target } from './unit-path-place.js';

/** What holds at one moment of a call; of two sides, both together. */
export interface Sample {
  /** Since the call began, minutes. */
  readonly minute: number;
  /** Resident memory of the apps, after a garbage collection; MiB. */
  readonly apps: number;
  /** What the apps' objects and buffers take of it. */
  readonly appObjects: number;
  /** What the objects of the windows take, without their workers; MiB. */
  readonly windowObjects: number;
  /** From painted to drawn, p50, ms. */
  readonly pictures: number;
  /** Pictures a second that were drawn. */
  readonly rate: number;
  /** From the microphone to the loudspeaker, p50, ms. */
  readonly sound: number;
  readonly descriptors: number;
}

const MIB = 1_024 ** 2;
/** How long pictures and sound are measured for each sample. */
const MEASURED_MS = 10_000;
const USAGE = 'JSON.stringify(process.memoryUsage())';

/** Holds a call with the sound of both sides and the video of one; takes samples without pause. */
export async function holdCall(
  sides: readonly [Side, Side],
  minutes: number,
  everyMs: number,
): Promise<Sample[]> {
  const [from] = sides;
  await startSound(sides, 'call');
  // A camera counts as open only after its first picture.
  await from.page.evaluate((bench) => bench.startPainting());
  await from.page.evaluate((bench) => bench.request('call.startCamera', {}));
  const begun = performance.now();
  const apps = sides.map(({ app }) => appTarget(app));
  const windows: Target[] = [];
  for (const side of sides) windows.push(await pageTarget(side.window));
  const samples: Sample[] = [];
  const end = begun + minutes * 60_000;
  // A busy computer may take longer for a sample.
  for (let next = begun + everyMs; performance.now() < end; next += everyMs) {
    await sleep(Math.max(0, next - MEASURED_MS - performance.now()));
    const media = await mediaOf(sides);
    samples.push({ minute: (performance.now() - begun) / 60_000, ...media, ...(await memory()) });
  }
  return samples;

  async function memory() {
    for (const target of [...apps, ...windows]) await target.send('HeapProfiler.collectGarbage');
    const usages = await Promise.all(apps.map(usageOf));
    const heaps = await Promise.all(
      windows.map((window) => window.send<{ usedSize: number }>('Runtime.getHeapUsage')),
    );
    return {
      apps: sum(sides.map(({ app }) => residentBytesOf(app.pid))) / MIB,
      appObjects: sum(usages.map(({ heapUsed, external }) => heapUsed + external)) / MIB,
      windowObjects: sum(heaps.map(({ usedSize }) => usedSize)) / MIB,
      descriptors: sum(sides.map(({ app }) => descriptorsOf(app.pid))),
    };
  }
}

/** The age of pictures one way and of sound both ways. */
async function mediaOf(sides: readonly [Side, Side]) {
  const [from, to] = sides;
  await forget(sides);
  await sleep(MEASURED_MS);
  const [painted, drawn] = [await seen(from), await seen(to)];
  const [one, other] = [await heard(from), await heard(to)];
  // What they keep must not grow.
  await forget(sides);
  const ages = agesOf(painted, drawn);
  const latencies = [
    ...latenciesOf(one.captured, other.played),
    ...latenciesOf(other.captured, one.played),
  ];
  return {
    pictures: median(ages),
    rate: (ages.length * 1_000) / MEASURED_MS,
    sound: median(latencies.map(({ ms }) => ms)),
  };
}

async function forget(sides: readonly Side[]): Promise<void> {
  for (const { page } of sides) {
    await page.evaluate((bench) => {
      bench.forget();
      bench.forgetSound();
    });
  }
}

const seen = ({ page }: Side) => page.evaluate((bench) => bench.seen());
const heard = ({ page }: Side) => page.evaluate((bench) => bench.heard());

async function usageOf(app: Target): Promise<NodeJS.MemoryUsage> {
  const { result } = await app.send<{ result: { value: string } }>('Runtime.evaluate', {
    expression: USAGE,
    returnByValue: true,
  });
  return JSON.parse(result.value) as NodeJS.MemoryUsage;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
