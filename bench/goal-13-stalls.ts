/**
 * The same sound where the network between two computers carries nothing for 150 ms in every three
 * seconds, as a radio does. Everything is held up, in both directions and of both ways, and nothing is
 * lost. A window aims at a depth of its jitter buffer, and is back as soon as it holds no more than 40 ms
 * above that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { missingChromium } from './chromium.js';
import { withCleanUp } from './clean-up.js';
import { median, type Goal } from './goal.js';
import { missingMachines, twoMachines } from './machines.js';
import type { SpeakerReport } from './page/bench-page.js';
import { openSoundBench } from './sound-bench.js';
import { figuresOf, printSound, type SoundFigures } from './sound-figures.js';
import { measureSound, type SoundRound, type SoundWay } from './sound-round.js';
import { StallingCable, type Stall } from './stalling-cable.js';

const STALL_MS = 150;
const EVERY_MS = 3_000;
const MEASURED_MS = 21_000;
const ROUNDS = 3;
const ALLOWED_MS = 40;

export const goal: Goal = {
  id: 13,
  title: 'sound against WebRTC (Opus), with stalls of 150 ms every 3 s',
  missing: () => missingChromium() ?? missingMachines(),
  run: () =>
    withCleanUp(async (onEnd) => {
      const machines = await twoMachines(onEnd);
      const sides = await openSoundBench(onEnd, { machines });
      const cable = await StallingCable.open(machines);
      onEnd(() => cable.close());
      const rounds: Record<SoundWay, SoundFigures[]> = { call: [], webRtc: [] };
      const returns: number[] = [];
      const lengths: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const way of ['call', 'webRtc'] as const) {
          const { stalls, measured } = await stallWhile(cable, () =>
            measureSound(sides, way, MEASURED_MS),
          );
          const figures = figuresOf(measured);
          printSound({ [way]: figures });
          rounds[way].push(figures);
          lengths.push(...stalls.map(({ from, to }) => to - from));
          if (way === 'call') returns.push(...returnsOf(measured, stalls));
        }
      }
      console.error('  medians:');
      const call = mediansOf(rounds.call);
      printSound({ call, webRtc: mediansOf(rounds.webRtc) });
      console.error(
        `  ${lengths.length} stalls of ${median(lengths)} ms, the longest of ${Math.max(...lengths)} ms`,
      );
      const last = Math.max(...returns);
      console.error(
        `  call: back after ${returns.length} stalls: p50 ${median(returns).toFixed(0)} ms, last ${last.toFixed(0)} ms`,
      );
      return [
        {
          name: 'longest time to within 40 ms of its target',
          figure: last,
          unit: 'ms',
          target: { atMost: 2_000 },
        },
        { name: 'concealed share, with stalls', figure: call.concealed, target: { atMost: 0.04 } },
      ];
    }),
};

/** Stalls the cable again and again until something is measured. */
async function stallWhile(
  cable: StallingCable,
  measure: () => Promise<SoundRound>,
): Promise<{ readonly stalls: readonly Stall[]; readonly measured: SoundRound }> {
  const stalls: Stall[] = [];
  const over = new AbortController();
  const stalling = async (): Promise<void> => {
    while (!over.signal.aborted) {
      stalls.push(await cable.stall(STALL_MS));
      await sleep(EVERY_MS - STALL_MS);
    }
  };
  const stopped = stalling();
  const measured = await measure();
  over.abort();
  await stopped;
  return { stalls, measured };
}

/** How long after each stall each loudspeaker still held too much, ms. */
function returnsOf({ reports }: SoundRound, stalls: readonly Stall[]): number[] {
  return reports.flatMap((side) =>
    stalls.flatMap(({ to }, index) => {
      const next = stalls[index + 1]?.from ?? Infinity;
      const between = side.filter(({ at }) => at > to && at < next);
      // Before or after what was measured.
      if (between.length === 0 || next === Infinity || between[0]!.at - to > EVERY_MS / 4)
        return [];
      const late = between.findLast((report) => !isBack(report));
      return [late === undefined ? 0 : late.at - to];
    }),
  );
}

function isBack({ depthMs, targetMs }: SpeakerReport): boolean {
  return depthMs <= targetMs + ALLOWED_MS;
}

function mediansOf(rounds: readonly SoundFigures[]): SoundFigures {
  const of = (key: keyof SoundFigures): number => median(rounds.map((round) => round[key]));
  return { p50: of('p50'), p95: of('p95'), concealed: of('concealed'), chirps: of('chirps') };
}
