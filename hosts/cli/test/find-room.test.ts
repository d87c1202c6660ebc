import { RoomkeyError, type RoomChange, type RoomEntry, type Roomkey } from '@roomkey/core/host';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CommandContext } from '../src/context.js';
import { findRoom } from '../src/join/find-room.js';
import { Output } from '../src/output.js';

const lab = { id: 'ab', name: 'Lab', owner: {} } as RoomEntry;
/** Another one of its name, which was only visited. */
const visited = { id: 'cd', name: 'Lab', owner: {}, visitedAt: 1_000 } as RoomEntry;

/** Rooms of which a watch tells many, and Lab after a while. */
function scene(tellLab: (tell: () => void) => void, atFirst?: RoomEntry | Error) {
  let asked = 0;
  let known: RoomEntry | Error | undefined = atFirst;
  const stopped: boolean[] = [];
  const rooms = {
    find: async () => {
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (known instanceof Error) throw known;
      if (known === undefined) throw new RoomkeyError('RK_ROOM_NOT_FOUND', 'There is no Lab.');
      return known;
    },
    watch: async (onChange: (change: RoomChange) => void) => {
      for (let n = 0; n < 1_000; n += 1) {
        onChange({ type: 'found', room: { id: String(n), name: `Room ${n}` } as RoomEntry });
        if (n % 100 === 0) await Promise.resolve();
      }
      tellLab(() => {
        known = lab;
        onChange({ type: 'found', room: lab });
      });
      return { stop: async () => void stopped.push(true) };
    },
  };
  const sink = { write: () => undefined };
  const output = new Output({ json: false, verbose: false, out: sink, err: sink });
  const context = new CommandContext(output, new AbortController().signal, undefined);
  const find = () => findRoom({ rooms } as unknown as Roomkey, {} as never, 'Lab', context);
  return { find, asked: () => asked, stopped };
}

test('a room that appears is found, without a search for each of the many that are there', async () => {
  const { find, asked, stopped } = scene((tell) => setImmediate(tell));
  expect(await find()).toBe(lab);
  expect(asked()).toBeLessThan(10);
  expect(stopped).toEqual([true]);
});

test('a room that appears during a search is found by the next', async () => {
  const { find } = scene((tell) => tell());
  expect(await find()).toBe(lab);
});

test('a room that was only visited gives way to one of its name that appears', async () => {
  const { find } = scene((tell) => setImmediate(tell), visited);
  expect(await find()).toBe(lab);
});

test('where several were only visited the one that is open now is meant', async () => {
  const several = new RoomkeyError('RK_ROOM_AMBIGUOUS', 'Several rooms are called Lab.');
  const { find } = scene((tell) => setImmediate(tell), several);
  expect(await find()).toBe(lab);
});

test('a room that was only visited is meant where none of its name appears', async () => {
  const patience = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  onTestFinished(() => void vi.restoreAllMocks());
  const { find, stopped } = scene(() => setImmediate(() => patience.abort()), visited);
  expect(await find()).toBe(visited);
  expect(stopped).toEqual([true]);
});
