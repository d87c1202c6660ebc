import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from './browser-side.js';
import { latenciesOf, type Latency } from './chirps.js';
import type { Concealment, HeardSound, SpeakerReport } from './page/bench-page.js';

/** The way of a sound: through both apps, or by WebRTC between the same two pages. */
export type SoundWay = 'call' | 'webRtc';

/** What was measured of a round, of both directions together. */
export interface SoundRound {
  readonly latencies: readonly Latency[];
  /** Share of what was played that was made up. */
  readonly concealed: number;
  /** Of the loudspeakers of each side. */
  readonly reports: readonly (readonly SpeakerReport[])[];
}

/** What came late at the start counts for ten seconds. */
const SETTLING_MS = 11_000;
const MEASURED_MS = 10_000;

/** Measures one round, between sides whose call is live and without sound. */
export async function measureSound(
  sides: readonly [Side, Side],
  way: SoundWay,
  measuredMs = MEASURED_MS,
): Promise<SoundRound> {
  await startSound(sides, way);
  await sleep(SETTLING_MS);
  for (const { page } of sides) await page.evaluate((bench) => bench.forgetSound());
  const before = await concealmentOf(sides);
  await sleep(measuredMs);
  const after = await concealmentOf(sides);
  const heard: HeardSound[] = [];
  for (const { page } of sides) heard.push(await page.evaluate((bench) => bench.heard()));
  await stop(sides, way);
  const [one, other] = heard as [HeardSound, HeardSound];
  const sum = (of: (concealment: Concealment) => number): number =>
    after.reduce((all, concealment, side) => all + of(concealment) - of(before[side]!), 0);
  return {
    latencies: [
      ...latenciesOf(one.captured, other.played),
      ...latenciesOf(other.captured, one.played),
    ],
    concealed: sum((of) => of.concealedSamples) / sum((of) => of.playedSamples),
    reports: heard.map(({ reports }) => reports),
  };
}

/** Starts the sound of both sides. */
export async function startSound(sides: readonly [Side, Side], way: SoundWay): Promise<void> {
  const [from, to] = sides;
  if (way === 'webRtc') {
    const offer = await from.page.evaluate((bench) => bench.offerSound());
    const answer = await to.page.evaluate((bench, sdp) => bench.answerSound(sdp), offer);
    await from.page.evaluate((bench, sdp) => bench.acceptSound(sdp), answer);
    return;
  }
  for (const { page } of sides) {
    await page.evaluate((bench) => bench.request('call.startMicrophone', {}));
  }
}

async function stop(sides: readonly [Side, Side], way: SoundWay): Promise<void> {
  for (const { page } of sides) {
    if (way === 'webRtc') await page.evaluate((bench) => bench.stopSound());
    else await page.evaluate((bench) => bench.request('call.stopMicrophone', {}));
  }
}

async function concealmentOf(sides: readonly Side[]): Promise<Concealment[]> {
  const all: Concealment[] = [];
  for (const { page } of sides) all.push(await page.evaluate((bench) => bench.concealment()));
  return all;
}
