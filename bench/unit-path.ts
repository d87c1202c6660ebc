import { setTimeout as sleep } from 'node:timers/promises';
import { openCall, sendLarge, type OpenCall } from './unit-path-call.js';
import { FunctionNames, type SourceFunction } from './unit-path-names.js';
import {
  appTarget,
  pageTarget,
  workerTargets,
  type Target,
  type WorkerTarget,
} from './unit-path-place.js';
import { installProbe, type Counted, type Hit, type Site } from './unit-path-probe.js';
import { Scripts, type Covered } from './unit-path-scripts.js';

/** A function on the way of a unit. */
export interface Step extends SourceFunction {
  /** How many Roomkey functions called each other before it. */
  readonly depth: number;
  /** For each unit; undefined: it goes on where it waited. */
  readonly calls: number | undefined;
  /** Whether the unit itself goes through it, to a copy, a codec, or another thread or process. */
  readonly isCarrier: boolean;
}

/** What a place does with the bytes of a unit, or another thing that costs. */
export interface Cost extends Pick<Site, 'kind' | 'by'> {
  readonly where: string;
  /** For each unit. */
  readonly calls: number;
  /** Share of the unit's bytes. */
  readonly share: number;
}

/** What happens in one place for each unit. */
export interface PlaceReport {
  readonly name: string;
  /** From the camera to the canvas, in the order in which it happens. */
  readonly forward: readonly Step[];
  /** From there back: that it was consumed, and the credit for another one. */
  readonly back: readonly Step[];
  readonly costs: readonly Cost[];
}

/** Of units of one size. */
export interface PathReport {
  /** Units that were measured, and their mean size, bytes. */
  readonly units: number;
  readonly unitBytes: number;
  readonly places: readonly PlaceReport[];
}

/** How long workers are watched to find the one that works. */
const BUSY_MS = 1_000;
const MEASURED_MS = 8_000;
const TRACED_MS = 1_500;
/** What happens less often for each unit is not of the unit. */
const LEAST_CALLS = 0.5;
/** What moves less of a unit's bytes does not copy it. */
const LEAST_SHARE = 0.5;
const PLATFORM = 'the platform';

/** One of the six places. */
interface Place {
  readonly name: string;
  /** Functions at which the way back begins, by file and name. */
  readonly back: RegExp;
  readonly target: Target;
}

/** Measures a call with units of one fragment, and one with units of several. */
export async function measurePath(): Promise<{ small: PathReport; large: PathReport }> {
  const names = await FunctionNames.open();
  const call = await openCall();
  try {
    const places = await openPlaces(call);
    const small = await measure(await places(), names);
    await sendLarge(call);
    const large = await places();
    await evaluate(large[0]!.target, ALL_KEYS);
    return { small, large: await measure(large, names) };
  } finally {
    await call.close();
  }
}

/** In the worker that encodes: has every unit be a key unit. */
const ALL_KEYS = `
  const { encode } = VideoEncoder.prototype;
  VideoEncoder.prototype.encode = function (frame) {
    encode.call(this, frame, { keyFrame: true });
  };`;
const INSTALL = `(${installProbe.toString()})()`;

/** @returns finds the places that are passed now: the workers can change */
async function openPlaces({ sender, receiver }: OpenCall): Promise<() => Promise<Place[]>> {
  const sendingPage = await pageTarget(sender.page);
  const receivingPage = await pageTarget(receiver.page);
  const sendingApp = appTarget(sender.app);
  const receivingApp = appTarget(receiver.app);
  const sendingWorkers = await workerTargets(sendingPage.session);
  const receivingWorkers = await workerTargets(receivingPage.session);
  return async () => {
    const capture = await busiest(sendingWorkers, 'EncodedVideoChunk.copyTo');
    const decoding = await busiest(receivingWorkers, 'new EncodedVideoChunk');
    const places = [
      { name: 'capture worker', back: /page\/worker onmessage$/, target: capture },
      { name: 'sending page', back: /socket\.onmessage$/, target: sendingPage },
      { name: 'sending app', back: /tcp-connection .*“data”|[gG]rant/, target: sendingApp },
      {
        name: 'receiving app',
        back: /web-socket-port .*“message”|Scheduler\.acknowledge/,
        target: receivingApp,
      },
      { name: 'receiving page', back: /worker\.onmessage$/, target: receivingPage },
      { name: 'decoding worker', back: /onConsumed/, target: decoding },
    ];
    for (const { target } of places) await evaluate(target, INSTALL);
    return places;
  };
}

/** The worker that does something most often. */
async function busiest(
  workers: ReadonlyMap<string, WorkerTarget>,
  by: string,
): Promise<WorkerTarget> {
  const all = [...workers.values()];
  for (const worker of all) await evaluate(worker, INSTALL);
  await sleep(BUSY_MS);
  const calls = await Promise.all(all.map(async (worker) => callsOf(await take(worker), by)));
  const most = Math.max(...calls);
  if (!(most > 0)) throw new Error(`No worker calls ${by}.`);
  return all[calls.indexOf(most)]!;
}

async function measure(places: readonly Place[], names: FunctionNames): Promise<PathReport> {
  const covered = places.map(({ target }) => new Scripts(target, names));
  for (const each of covered) await each.start();
  const countAll = () =>
    Promise.all(
      places.map(async ({ target }, index) => {
        const script = covered[index]!;
        const [coverage, counted] = await Promise.all([script.count(), take(target)]);
        return { coverage, counted };
      }),
    );
  await countAll();
  await sleep(MEASURED_MS);
  const all = await countAll();
  const [units, bytes] = unitsOf(all[0]!.counted);

  const reports: PlaceReport[] = [];
  // One after another: what is traced is slow, and so are then the others.
  for (const [index, place] of places.entries()) {
    const script = covered[index]!;
    const { coverage, counted } = all[index]!;
    await script.add(coverage);
    await script.trace(LEAST_CALLS * units);
    await take(place.target);
    await sleep(TRACED_MS);
    const { hits } = await take(place.target);
    await script.stop();
    const costs = costsOf(script, counted.sites, units, bytes);
    const carriers = new Set(
      costs
        .filter(carries)
        .flatMap(({ stacks }) => stacks.map((stack) => script.path(stack)))
        .flat(),
    );
    const steps = stepsOf(script, hits, units, place.back, carriers);
    const names = new Set(steps.map(({ name }) => name));
    reports.push({
      name: place.name,
      forward: steps.filter(({ isBack }) => !isBack),
      back: steps.filter(({ isBack }) => isBack),
      costs: costs.filter(
        ({ kind, where }) =>
          kind !== 'promise' ||
          names.has(where) ||
          (where === PLATFORM && !place.name.endsWith('app')),
      ),
    });
  }
  return { units, unitBytes: bytes / units, places: reports };
}

/** Units that were encoded, and their bytes. */
function unitsOf({ sites }: Counted): readonly [units: number, bytes: number] {
  const encoded = sites.filter(({ by }) => by === 'EncodedVideoChunk.copyTo');
  const sum = (key: 'calls' | 'bytes'): number => encoded.reduce((all, site) => all + site[key], 0);
  return [sum('calls'), sum('bytes')];
}

function callsOf({ sites }: Counted, by: string): number {
  return sites.reduce((sum, site) => sum + (site.by === by ? site.calls : 0), 0);
}

interface CostOf extends Cost {
  readonly stacks: readonly string[];
}

/** Whether a unit is handed over there. */
function carries({ kind, share }: Cost): boolean {
  return kind === 'codec' || kind === 'wake' || (kind !== 'promise' && share >= LEAST_SHARE);
}

/** What costs in a place, with those together that are the same. */
function costsOf(script: Scripts, sites: readonly Site[], units: number, bytes: number): CostOf[] {
  const costs = new Map<string, Cost & { readonly stacks: string[] }>();
  for (const { kind, by, stack, calls, bytes: siteBytes } of sites) {
    const where = script.whereOf(stack);
    const key = `${kind} ${by} ${where}`;
    const before = costs.get(key);
    costs.set(key, {
      kind,
      by,
      where,
      calls: (before?.calls ?? 0) + calls / units,
      share: (before?.share ?? 0) + siteBytes / bytes,
      stacks: [...(before?.stacks ?? []), stack],
    });
  }
  return [...costs.values()].filter(({ calls, kind, share }) =>
    kind === 'copy' ? share >= LEAST_SHARE : calls >= LEAST_CALLS,
  );
}

/** Which function called which for each unit, from the calls that were traced. */
function stepsOf(
  script: Scripts,
  hits: readonly Hit[],
  units: number,
  back: RegExp,
  carriers: ReadonlySet<Covered>,
): DirectedStep[] {
  const root = new CallTree();
  const traced = new Map<Covered, number>();
  const isOfUnit = ({ calls, isAsync, name }: Covered): boolean =>
    (calls >= LEAST_CALLS * units || isAsync) && !name.endsWith('setInterval');
  for (const { stack, calls } of hits) {
    const path = script.path(stack);
    const last = path.at(-1);
    if (last === undefined || !path.every(isOfUnit)) continue;
    traced.set(last, (traced.get(last) ?? 0) + calls);
    root.add(path, calls);
  }
  // Going on after a wait counts as a call of an asynchronous function: there the share of what was
  // traced is taken from the others.
  const others = [...traced].filter(([{ isAsync }]) => !isAsync);
  const sum = (of: (each: (typeof others)[number]) => number): number =>
    others.reduce((all, each) => all + of(each), 0);
  const share = sum(([{ calls }]) => calls) / sum(([, hits]) => hits);
  const callsOf = (each: Covered, hits: number): number =>
    (hits * (each.isAsync ? share : each.calls / (traced.get(each) ?? 1))) / units;
  return root.steps({ callsOf, back, carriers });
}

type DirectedStep = Step & { readonly isBack: boolean };

/** The traced calls, by their callers. */
class CallTree {
  #hits = 0;
  readonly #children = new Map<Covered, CallTree>();

  add([first, ...others]: readonly Covered[], hits: number): void {
    if (first === undefined) {
      this.#hits += hits;
      return;
    }
    let child = this.#children.get(first);
    if (child === undefined) this.#children.set(first, (child = new CallTree()));
    child.add(others, hits);
  }

  steps(how: StepOptions, depth = 0, isBackAbove = false): DirectedStep[] {
    return [...this.#children].flatMap(([found, child]) => {
      const isBack = isBackAbove || how.back.test(`${found.file} ${found.name}`);
      const below = child.steps(how, depth + 1, isBack);
      const calls = child.#hits > 0 ? how.callsOf(found, child.#hits) : undefined;
      if (below.length === 0 && (calls === undefined || calls < LEAST_CALLS)) return [];
      const { name, file, isGetter, isAsync } = found;
      // What calls an asynchronous function waits for nothing, and hands over all the same.
      const isCarrier =
        how.carriers.has(found) || below.some((step) => step.isCarrier && !step.isBack);
      return [{ name, file, isGetter, isAsync, isCarrier, depth, calls, isBack }, ...below];
    });
  }
}

interface StepOptions {
  /** Calls for each unit of a function, where it was traced so often. */
  readonly callsOf: (found: Covered, hits: number) => number;
  readonly back: RegExp;
  readonly carriers: ReadonlySet<Covered>;
}

async function evaluate<T>(target: Target, expression: string): Promise<T> {
  const { result, exceptionDetails } = await target.send<{
    readonly result: { readonly value: T };
    readonly exceptionDetails?: object;
  }>('Runtime.evaluate', { expression, returnByValue: true });
  if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

function take(target: Target): Promise<Counted> {
  return evaluate(target, 'unitPath.take()');
}
