/**
 * What one unit of video costs on its whole way through two desktop apps, function by function: VP8 at
 * 640 × 360, most units of one fragment, and what more there is for units of several.
 */
import { missingChromium } from './chromium.js';
import type { Goal } from './goal.js';
import {
  measurePath,
  type Cost,
  type PathReport,
  type PlaceReport,
  type Step,
} from './unit-path.js';

export const goal: Goal = {
  id: 'path',
  title: 'functions, copies and promises for one unit of video, from the camera to the canvas',
  missing: missingChromium,
  async run() {
    const { small, large } = await measurePath();
    tell(small);
    tellMore(small, large);
    const places = small.places;
    return [
      {
        name: 'functions that hand a unit on, camera to canvas',
        figure: sum(places, ({ forward }) =>
          distinct(forward.filter(({ isCarrier }) => isCarrier)),
        ),
        target: { atMost: 45 },
      },
      {
        name: 'copies of a unit of one fragment',
        figure: sum(places, ({ costs }) => copies(costs)),
        target: { atMost: 6 },
      },
      { name: 'promises for a unit', figure: sum(places, promises), target: { atMost: 7 } },
    ];
  },
};

function tell({ units, unitBytes, places }: PathReport): void {
  console.error(
    `  ${units} units of ${unitBytes.toFixed(0)} bytes; * hands the unit on, · goes on`,
  );
  for (const place of places) {
    console.error(`\n  ${place.name}: ${summary(place)}`);
    for (const [direction, steps] of [
      ['forward', place.forward],
      ['back', place.back],
    ] as const) {
      if (steps.length > 0) console.error(`   ${direction}`);
      for (const step of steps) console.error(`    ${lineOf(step)}`);
    }
    for (const cost of place.costs) console.error(`   ${costLine(cost)}`);
  }
  console.error('');
  for (const direction of ['forward', 'back'] as const) {
    const all = sum(places, (place) => distinct(place[direction]));
    const getters = sum(places, (place) =>
      distinct(place[direction].filter((step) => step.isGetter)),
    );
    const calls = sum(places, (place) => callsOf(place[direction]));
    const crossings = sum(places, ({ costs }) => hops(costs, direction === 'forward'));
    console.error(
      `  ${direction}: ${all} functions, ${getters} of them getters; ${calls.toFixed(0)} calls; ${crossings.toFixed(0)} hops`,
    );
  }
}

function summary({ name, forward, back, costs }: PlaceReport): string {
  const carriers = forward.filter(({ isCarrier }) => isCarrier);
  return [
    `${distinct(carriers)} functions hand it on of ${distinct(forward)} forward`,
    `${distinct(back)} back`,
    `${copies(costs).toFixed(1)} copies`,
    `${promises({ name, forward, back, costs }).toFixed(1)} promises`,
  ].join(', ');
}

/** What large units have more of. */
function tellMore(small: PathReport, large: PathReport): void {
  console.error(`\n  more for ${large.units} key units of ${large.unitBytes.toFixed(0)} bytes`);
  for (const [index, place] of large.places.entries()) {
    const before = small.places[index]!;
    let others = 0;
    for (const [key, step] of byName(place.forward)) {
      const calls = byName(before.forward).get(key)?.calls ?? 0;
      if ((step.calls ?? 0) - calls < 0.5) continue;
      if (!step.isCarrier) {
        others += 1;
        continue;
      }
      console.error(
        `    ${place.name}: ${lineOf({ ...step, depth: 0 })}, ${calls.toFixed(2)} before`,
      );
    }
    for (const cost of place.costs.filter(({ kind }) => kind === 'copy' || kind === 'hop')) {
      const calls = before.costs.find(
        ({ by, where }) => by === cost.by && where === cost.where,
      )?.calls;
      if (cost.calls - (calls ?? 0) < 0.5) continue;
      console.error(`    ${place.name}: ${costLine(cost)}, ${(calls ?? 0).toFixed(2)} before`);
    }
    if (others > 0) console.error(`    ${place.name}: and ${others} functions that these call`);
  }
}

function lineOf({ name, file, isAsync, isGetter, isCarrier, depth, calls }: Step): string {
  const kind = isAsync ? ' (async)' : isGetter ? ' (getter)' : '';
  const count = (calls?.toFixed(2) ?? '·').padStart(5);
  return `${isCarrier ? '*' : ' '}${count} ${'  '.repeat(depth)}${name}${kind}  ${file}`;
}

function costLine({ kind, by, where, calls, share }: Cost): string {
  const bytes = share >= 0.5 ? `, ${share.toFixed(2)} of the unit` : '';
  return `${kind}: ${by} in ${where}, ${calls.toFixed(2)} times${bytes}`;
}

/** To other threads and processes: of the unit itself, and of what is said of it. */
function hops(costs: readonly Cost[], isForward: boolean): number {
  return costs.reduce(
    (all, { kind, calls, share }) =>
      all + (kind === 'hop' && share >= 0.5 === isForward ? calls : 0),
    0,
  );
}

/** Each function once, with the calls of it from everywhere. */
function byName(steps: readonly Step[]): ReadonlyMap<string, Step> {
  const all = new Map<string, Step>();
  for (const step of steps) {
    const key = `${step.file} ${step.name}`;
    const before = all.get(key);
    const calls = (step.calls ?? 0) + (before?.calls ?? 0);
    all.set(key, { ...step, calls });
  }
  return all;
}

function distinct(steps: readonly Step[]): number {
  return byName(steps).size;
}

function callsOf(steps: readonly Step[]): number {
  return steps.reduce((all, { calls }) => all + (calls ?? 0), 0);
}

/** How often a unit is copied, without headers: several parts of it are one copy. */
function copies(costs: readonly Cost[]): number {
  return costs.reduce(
    (all, { kind, share }) => all + (kind === 'copy' ? Number(share.toFixed(1)) : 0),
    0,
  );
}

/** Of an app all are known; elsewhere asynchronous functions give one each. */
function promises({ name, forward, back, costs }: PlaceReport): number {
  const asked = costs.reduce((all, { kind, calls }) => all + (kind === 'promise' ? calls : 0), 0);
  if (name.endsWith('app')) return asked;
  return asked + callsOf([...forward, ...back].filter(({ isAsync }) => isAsync));
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
