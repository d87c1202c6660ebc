import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RoomChange, RoomEntry, Roomkey, RoomWatch, SignedIn } from '@roomkey/core/host';
import { RoomFeed } from '../../src/app/room-feed.js';
import type { AppEvent, ListedRoom } from '../../src/messages/index.js';

type RoomsEvent = Extract<AppEvent, { event: 'rooms' }>;

const ada = { name: 'Ada' } as SignedIn;
const storeAway = new Error('the store is away');

function room(name: string, more: Partial<RoomEntry> = {}): RoomEntry {
  const flags = { password: true, stored: true, live: false, mine: false };
  const heard = { confirmed: true, full: false, compatible: true };
  return { id: name, name, owner: { name: 'Grace' }, ...flags, ...heard, ...more } as RoomEntry;
}

/** A search for rooms that a test controls. */
interface Search {
  readonly account: SignedIn | undefined;
  readonly signal: AbortSignal;
  found(...rooms: RoomEntry[]): void;
  lost(...rooms: RoomEntry[]): void;
  begins(): void;
  fails(error: Error): void;
}

function setup() {
  const emitted: RoomsEvent[] = [];
  const failures: unknown[] = [];
  const journal: string[] = [];
  const searches: Search[] = [];
  /** Rooms found while a search is stopping. */
  const late: RoomEntry[] = [];
  let wake = (): void => undefined;
  const watch: Roomkey['rooms']['watch'] = (onChange, options) => {
    const { account, signal } = options ?? {};
    const index = searches.length;
    journal.push(`start ${index}`);
    const each =
      (type: RoomChange['type']) =>
      (...rooms: RoomEntry[]) => {
        for (const one of rooms) onChange({ type, room: one });
      };
    return new Promise((resolve, reject) => {
      const running = {
        stop: () => {
          each('found')(...late);
          return Promise.resolve(void journal.push(`stop ${index}`));
        },
      };
      searches.push({
        account,
        signal: signal!,
        found: each('found'),
        lost: each('lost'),
        begins: () => resolve(running as unknown as RoomWatch),
        fails: reject,
      });
      wake();
    });
  };
  const list = new RoomFeed({
    rooms: { watch } as unknown as Roomkey['rooms'],
    emit: (event) => emitted.push(event as RoomsEvent),
    onFailure: (error) => failures.push(error),
  });
  /** The search with this index, once it was requested. */
  const search = async (index: number): Promise<Search> => {
    while (searches[index] === undefined) await new Promise<void>((resolve) => (wake = resolve));
    return searches[index];
  };
  /** A list that shows these rooms. */
  const showing = async (...rooms: RoomEntry[]): Promise<Search> => {
    const started = list.restart(ada);
    const first = await search(0);
    first.found(...rooms);
    first.begins();
    await started;
    return first;
  };
  const names = (rooms: readonly ListedRoom[]): string[] => rooms.map(({ name }) => name);
  return { list, emitted, failures, journal, late, search, showing, names };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('the full list', () => {
  test('is sent once it is read, as this account sees it', async () => {
    const { list, emitted, search } = setup();
    const started = list.restart(ada);
    const first = await search(0);
    expect(first.account).toBe(ada);
    first.found(room('Lab', { live: true }), room('Den'), room('Attic'));
    first.found(room('Den', { mine: true }));
    first.lost(room('Attic'));
    vi.runAllTimers();
    expect(emitted).toEqual([]);
    first.begins();
    await started;
    const heard = { confirmed: true, full: false, compatible: true };
    const shown = { owner: 'Grace', password: true, unlocked: false, stored: true, ...heard };
    expect(emitted).toEqual([
      {
        event: 'rooms',
        reset: true,
        rooms: [
          { id: 'Lab', name: 'Lab', ...shown, live: true, mine: false },
          { id: 'Den', name: 'Den', ...shown, live: false, mine: true },
        ],
        lost: [],
      },
    ]);
    expect(list.snapshot).toEqual(emitted[0]);
    vi.runAllTimers();
    expect(emitted).toHaveLength(1);
  });

  test('stays if reading it again fails, and the failure is reported', async () => {
    const { list, emitted, failures, journal, search, showing, names } = setup();
    await showing(room('Lab'));
    const again = list.restart(undefined);
    const second = await search(1);
    expect(second.account).toBeUndefined();
    second.found(room('Den'));
    second.fails(storeAway);
    await again;
    expect(failures).toEqual([storeAway]);
    expect(names((list.snapshot as RoomsEvent).rooms)).toEqual(['Lab']);
    expect(emitted).toHaveLength(1);
    expect(journal).toEqual(['start 0', 'stop 0', 'start 1']);
  });

  test('is read again if requested while being read: the last request wins', async () => {
    const { list, emitted, failures, journal, search, names } = setup();
    const first = list.restart(undefined);
    const broken = await search(0);
    const second = list.restart(ada);
    expect(broken.signal.aborted).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(journal).toEqual(['start 0']);
    broken.fails(broken.signal.reason as Error);
    await first;
    const last = await search(1);
    expect(last.signal.aborted).toBe(false);
    last.found(room('Lab'));
    last.begins();
    await second;
    expect(failures).toEqual([]);
    expect(emitted.map(({ rooms }) => names(rooms))).toEqual([['Lab']]);
  });
});

describe('changes', () => {
  test('are sent together, at most every 100 ms', async () => {
    const { emitted, showing, names } = setup();
    const search = await showing(room('Lab'), room('Den'));
    emitted.length = 0;
    search.found(room('Lab', { live: true }));
    expect(emitted).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(emitted).toMatchObject([
      { reset: false, rooms: [{ name: 'Lab', live: true }], lost: [] },
    ]);

    search.found(room('Attic'));
    vi.advanceTimersByTime(60);
    search.lost(room('Den'));
    search.found(room('Attic', { live: true }));
    vi.advanceTimersByTime(39);
    expect(emitted).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(emitted).toHaveLength(2);
    expect(emitted[1]).toMatchObject({ rooms: [{ name: 'Attic', live: true }], lost: ['Den'] });

    vi.advanceTimersByTime(500);
    expect(emitted).toHaveLength(2);
    search.lost(room('Lab'));
    vi.advanceTimersByTime(0);
    expect(emitted[2]).toMatchObject({ rooms: [], lost: ['Lab'] });
    expect(names(emitted[2]!.rooms)).toEqual([]);
  });

  test('that precede a full list are not sent again', async () => {
    const { list, emitted, search, showing } = setup();
    const first = await showing(room('Lab'));
    first.found(room('Lab', { live: true }));
    const again = list.restart(ada);
    const second = await search(1);
    second.found(room('Lab', { live: true }));
    second.begins();
    await again;
    emitted.length = 0;
    vi.advanceTimersByTime(1_000);
    expect(emitted).toEqual([]);
    second.lost(room('Lab'));
    vi.advanceTimersByTime(100);
    expect(emitted).toMatchObject([{ lost: ['Lab'] }]);
  });
});

test('the list says how the account knows each owner', async () => {
  const { list, showing } = setup();
  const of = (known: RoomEntry['owner']['known']) => ({ owner: { name: 'Grace', known } as never });
  await showing(room('Lab', of('changed')), room('Den', of('same')), room('Attic', of(undefined)));
  expect((list.snapshot as RoomsEvent).rooms.map(({ known }) => known)).toEqual([
    'changed',
    'same',
    undefined,
  ]);
});

test('warnings about a new owner are sent as sentences', async () => {
  const { list, showing } = setup();
  const looksLike = ['Ada', 'Grace'];
  await showing(room('Lab', { owner: { name: '\u0410da', known: 'new', looksLike } as never }));
  expect((list.snapshot as RoomsEvent).rooms.map(({ notes }) => notes)).toEqual([
    [
      'The name looks like your own, but this is a different account.',
      'The name looks like Grace, who you’ve met, but this is someone else.',
    ],
  ]);
});

describe('passwords', () => {
  test('are remembered until they are forgotten, and both are sent', async () => {
    const { list, emitted, showing } = setup();
    await showing(room('Lab'), room('Den'));
    emitted.length = 0;
    const next = (): RoomsEvent => {
      vi.advanceTimersByTime(100);
      return emitted.splice(0)[0]!;
    };
    list.unlock('Lab', 'sesame');
    expect(list.password('Lab')).toMatchObject({ password: 'sesame' });
    expect(next()).toMatchObject({ rooms: [{ id: 'Lab', unlocked: true }], lost: [] });
    list.lock('Lab');
    expect(list.password('Lab')).toBeUndefined();
    expect(next()).toMatchObject({ rooms: [{ id: 'Lab', unlocked: false }] });
    list.lock('Lab');
    vi.advanceTimersByTime(1_000);
    expect(emitted).toEqual([]);
    list.unlock('Lab', 'sesame');
    list.unlock('Den', 'open up');
    next();
    list.lockAll();
    expect([list.password('Lab'), list.password('Den')]).toEqual([undefined, undefined]);
    expect(next().rooms.map(({ unlocked }) => unlocked)).toEqual([false, false]);
  });

  test('do not unlock a room without a password', async () => {
    const { list, showing } = setup();
    await showing(room('Lab', { password: false }));
    list.unlock('Lab', 'sesame');
    expect((list.snapshot as RoomsEvent).rooms).toMatchObject([{ unlocked: false }]);
  });
});

describe('stop', () => {
  test('ends the search, and nothing more is sent', async () => {
    const { list, emitted, journal, showing } = setup();
    const search = await showing(room('Lab'));
    emitted.length = 0;
    search.found(room('Den'));
    search.found(room('Attic'));
    await list.stop();
    expect(journal).toEqual(['start 0', 'stop 0']);
    expect(vi.getTimerCount()).toBe(0);
    expect(emitted).toEqual([]);
  });

  test('drops rooms that are found during the stop', async () => {
    const { list, late, showing } = setup();
    await showing(room('Lab'));
    late.push(room('Shed'));
    await list.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits for a search that is starting, and ends it', async () => {
    const { list, journal, failures, search } = setup();
    void list.restart(ada);
    const first = await search(0);
    const stopping = list.stop();
    expect(first.signal.aborted).toBe(true);
    first.found(room('Lab'));
    first.begins();
    await stopping;
    expect(journal).toEqual(['start 0', 'stop 0']);
    expect(failures).toEqual([]);
  });
});
