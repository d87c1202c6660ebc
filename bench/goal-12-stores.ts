/**
 * How the cost of the stores grows from 100 rooms and users to 10,000, and how long they block the
 * event loop, which must forward video. The server of MongoDB is that of `MONGO_URL`.
 *
 * An operation that reads all rooms may cost a hundred times as much with a hundred times as many, and
 * a fifth more for cache misses; one on a single room or person may not. A JSON file is written as a
 * whole, so with JSON a change is of the first kind.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '@roomkey/core';
import type { Rooms } from '#core/rooms/rooms.js';
import { alternate, median, type Goal, type Row } from './goal.js';
import type { Opened } from './plugin.js';
import {
  accountsIn,
  fill,
  jsonFiles,
  makePopulation,
  makeRoom,
  mongoDatabases,
  roomsIn,
  TimedStorage,
  USER,
  type StoreKind,
} from './stores.js';

const SIZES = ['100', '1000', '10000'] as const;
type Size = (typeof SIZES)[number];
const LARGEST: Size = '10000';

const LINEAR = 120;
const CONSTANT = 5;
const SETTLE_MS = 20;
const SLICE_MS = 2;

/** A store with this many rooms and users, and clients that use it. */
interface Place {
  readonly size: Size;
  /** Opens the store as a new process would. */
  open(): Promise<Opened<Storage>>;
  /** A client that has read the store before. */
  readonly rooms: Rooms;
  /** A second client, which writes. */
  readonly writer: Storage;
  /** Resolves when the watch of `rooms` emits this change. */
  waitForChange(type: 'found' | 'lost', id: string): Promise<void>;
  /** The id of a stored room. */
  readonly id: string;
  close(): Promise<void>;
}

/** A measured operation. */
interface Operation {
  readonly name: string;
  /** The allowed growth of its cost, for each kind of store. */
  readonly growth: Record<StoreKind['name'], number>;
  /** @returns ms */
  run(place: Place): Promise<number>;
}

/** The store's shares of the time of signing in, at the largest size. */
const shares: number[] = [];

const operations: readonly Operation[] = [
  {
    name: 'the first list',
    growth: { JSON: LINEAR, MongoDB: LINEAR },
    run: (place) =>
      withStore(place, (storage) => time(async () => expectAll(place, roomsIn(storage)))),
  },
  {
    name: 'a later list',
    growth: { JSON: LINEAR, MongoDB: LINEAR },
    run: (place) => time(() => expectAll(place, place.rooms)),
  },
  {
    name: 'find by name, as the first operation',
    growth: { JSON: LINEAR, MongoDB: LINEAR },
    run: (place) => withStore(place, (storage) => time(() => roomsIn(storage).find('room 77'))),
  },
  {
    name: 'find by id',
    growth: { JSON: CONSTANT, MongoDB: CONSTANT },
    run: (place) => time(() => place.rooms.find(place.id)),
  },
  {
    name: 'sign in, time of the store',
    growth: { JSON: LINEAR, MongoDB: CONSTANT },
    run: (place) =>
      withStore(place, async (storage) => {
        const timed = new TimedStorage(storage);
        const all = await time(() => accountsIn(timed).unlock(USER.name, USER.password));
        if (place.size === LARGEST) shares.push(timed.waited / all);
        return timed.waited;
      }),
  },
  {
    name: 'a new room, until the watch emits it',
    growth: { JSON: LINEAR, MongoDB: CONSTANT },
    run: async (place) => {
      const { id, value } = makeRoom('the new one');
      const found = place.waitForChange('found', id);
      const taken = await time(async () => {
        await place.writer.insert('rooms', id, value);
        await found;
      });
      const lost = place.waitForChange('lost', id);
      const written = await place.writer.get('rooms', id);
      await place.writer.remove('rooms', id, written?.revision ?? 0);
      await lost;
      return taken;
    },
  },
];

export const goal: Goal = {
  id: 12,
  title: 'stores with 100 to 10,000 rooms and users',
  async run() {
    const uri = process.env['MONGO_URL'];
    const kinds = [await jsonFiles()];
    if (uri === undefined) {
      console.error('  MongoDB is not measured: MONGO_URL is not set.');
    } else kinds.push(mongoDatabases(uri));
    const population = await makePopulation(Number(LARGEST));
    const rows: Row[] = [];
    for (const kind of kinds) {
      try {
        rows.push(...(await measure(kind, population)));
      } finally {
        await kind.dispose();
      }
    }
    return rows;
  },
};

type Population = Awaited<ReturnType<typeof makePopulation>>;

async function measure(kind: StoreKind, population: Population): Promise<Row[]> {
  const places: Place[] = [];
  const growth: Row[] = [];
  const blocks: Row[] = [];
  try {
    for (const size of SIZES) places.push(await prepare(kind, size, population));
    for (const operation of operations) {
      const { name, growth: limits } = operation;
      const longest: number[] = [];
      const ways = places.map((place) => [
        place.size,
        async () => {
          // Waiting for a server does not block the event loop.
          if (kind.name !== 'JSON' || place.size !== LARGEST) return await operation.run(place);
          const { taken, blocked } = await watchLoop(() => operation.run(place));
          longest.push(blocked);
          return taken;
        },
      ]);
      const costs = await alternate(
        Object.fromEntries(ways) as Record<Size, () => Promise<number>>,
      );
      const each = SIZES.map((size) => `${costs[size].toFixed(1)} ms`).join(', ');
      console.error(`  ${kind.name}: ${name}: ${each}`);
      growth.push({
        name: `${kind.name}: ${name}, 10,000 ÷ 100`,
        figure: costs[LARGEST] / costs[100],
        target: { atMost: limits[kind.name] },
      });
      if (longest.length === 0) continue;
      blocks.push({
        name: `${kind.name}: ${name}, 10,000: the event loop is blocked`,
        figure: median(longest),
        unit: 'ms',
        target: { atMost: 20 },
      });
    }
  } finally {
    for (const place of places) await place.close();
  }
  const share: Row = {
    name: `${kind.name}: sign in, the store’s share at 10,000`,
    figure: median(shares.splice(0)),
    target: { atMost: 0.5 },
  };
  return [...growth, share, ...blocks];
}

async function prepare(kind: StoreKind, size: Size, population: Population): Promise<Place> {
  const open = (): Promise<Opened<Storage>> => kind.open(size);
  const steady = await open();
  const writer = await open();
  for (const collection of ['users', 'rooms'] as const) {
    const documents = population[collection].slice(0, Number(size));
    await fill(writer.service, collection, documents, kind.batch);
  }
  const waiting = new Map<string, () => void>();
  const rooms = roomsIn(steady.service);
  const watch = await rooms.watch(({ type, room }) => waiting.get(`${type} ${room.id}`)?.());
  return {
    size,
    open,
    rooms,
    writer: writer.service,
    waitForChange: (type, id) => new Promise((resolve) => waiting.set(`${type} ${id}`, resolve)),
    id: population.rooms[0]?.id ?? '',
    close: async () => {
      await watch.stop();
      await writer.close();
      await steady.close();
    },
  };
}

async function withStore<T>(place: Place, use: (storage: Storage) => Promise<T>): Promise<T> {
  const opened = await place.open();
  try {
    return await use(opened.service);
  } finally {
    await opened.close();
  }
}

async function expectAll({ size }: Place, rooms: Rooms): Promise<void> {
  const { length } = await rooms.list();
  if (length !== Number(size)) throw new Error(`The list has ${String(length)} rooms of ${size}.`);
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/**
 * The longest time for which `work` blocked the event loop, ms, less that of a loop which yields every
 * 2 ms for as long, because other processes share the computer.
 */
async function watchLoop(
  work: () => Promise<number>,
): Promise<{ readonly taken: number; readonly blocked: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(SETTLE_MS);
  delay.reset();
  const begun = performance.now();
  const taken = await work();
  // The monitor sees a block only after its end.
  await sleep(SETTLE_MS);
  const longest = delay.max;
  delay.reset();
  const end = 2 * performance.now() - begun;
  while (performance.now() < end) {
    const pause = performance.now() + SLICE_MS;
    while (performance.now() < pause);
    await setImmediate();
  }
  delay.disable();
  return { taken, blocked: Math.max(0, longest - delay.max) / 1e6 };
}
