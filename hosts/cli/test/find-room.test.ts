import { RoomkeyError, type RoomChange, type RoomEntry, type Roomkey } from '@roomkey/core/host';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CommandContext } from '../src/context.js';
import { findRoom } from '../src/join/find-room.js';
import { Output } from '../src/output.js';

const lab = { id: 'ab', name: 'Lab', owner: {} } as RoomEntry;
/** A room of the same name that was only visited. */
const visited = { id: 'cd', name: 'Lab', owner: {}, visitedAt: 1_000 } as RoomEntry;

/**
 * Rooms whose watch reports many rooms.
 *
 * @param announceLab calls its argument when Lab appears
 * @param atFirst the result of the search before that
 */
function setup(announceLab: (announce: () => void) => void, atFirst?: RoomEntry | Error) {
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
      announceLab(() => {
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

test('findRoom finds a room that appears, without a search for each of many others', async () => {
  const { find, asked, stopped } = setup((announce) => setImmediate(announce));
  expect(await find()).toBe(lab);
  expect(asked()).toBeLessThan(10);
  expect(stopped).toEqual([true]);
});

test('findRoom finds a room that appears during a search by the next search', async () => {
  const { find } = setup((announce) => announce());
  expect(await find()).toBe(lab);
});

test('findRoom prefers a room that appears to a visited one of the same name', async () => {
  const { find } = setup((announce) => setImmediate(announce), visited);
  expect(await find()).toBe(lab);
});

test('findRoom prefers an open room to several visited ones of the same name', async () => {
  const several = new RoomkeyError('RK_ROOM_AMBIGUOUS', 'Several rooms are called Lab.');
  const { find } = setup((announce) => setImmediate(announce), several);
  expect(await find()).toBe(lab);
});

test('findRoom returns a visited room if no room of its name appears', async () => {
  const timeout = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout.signal);
  onTestFinished(() => void vi.restoreAllMocks());
  const { find, stopped } = setup(() => setImmediate(() => timeout.abort()), visited);
  expect(await find()).toBe(visited);
  expect(stopped).toEqual([true]);
});
