import { describe, expect, test } from 'vitest';
import type { AppEvent } from '../../src/messages/index.js';
import {
  initialState,
  reduce,
  type Notice,
  type UiEvent,
  type UiState,
} from '../../src/ui/state.js';
import {
  call,
  counts,
  failure,
  jonas,
  live,
  liveWith,
  ownRoom,
  room,
  showing,
} from './examples.js';

const after = (...events: readonly (UiEvent | AppEvent)[]): UiState =>
  events.reduce((state, event) => reduce(state, event as UiEvent), initialState);

const statistics = (at: number): UiEvent => ({
  event: 'statistics',
  at,
  statistics: counts({}),
});
const notice = (message: string, topic: Notice['topic'] = 'camera', at = 0): UiEvent => ({
  event: 'notice',
  topic,
  at,
  failure: failure('RK_CAMERA_LOST', message),
});

describe('rooms', () => {
  test('are unknown until the first list arrives, even an empty one', () => {
    expect(after().rooms).toBeUndefined();
    expect(after({ event: 'rooms', reset: true, rooms: [], lost: [] }).rooms?.size).toBe(0);
  });

  test('change one by one', () => {
    const { rooms } = after(
      { event: 'rooms', reset: true, rooms: [room(1), room(2)], lost: [] },
      { event: 'rooms', reset: false, rooms: [room(2, { live: true })], lost: [room(1).id] },
    );
    expect([...(rooms?.values() ?? [])]).toEqual([room(2, { live: true })]);
  });

  test('are replaced by a reset', () => {
    const { rooms } = after(
      { event: 'rooms', reset: true, rooms: [room(1)], lost: [] },
      { event: 'rooms', reset: true, rooms: [room(3)], lost: [] },
    );
    expect([...(rooms?.keys() ?? [])]).toEqual([room(3).id]);
  });
});

describe('notices', () => {
  test('with the same text are one, and the newest is last', () => {
    const { notices } = after(notice('a'), notice('b'), notice('a', 'camera', 4_000));
    expect(notices.map((one) => one.failure.message)).toEqual(['b', 'a']);
    expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
  });

  test('that differ only in the address and arrive together are one', () => {
    const refused = (address: string, at: number): UiEvent =>
      notice(`Someone at ${address} could not come in: a wrong password.`, 'camera', at);
    const shown = (...addresses: readonly string[]): number =>
      after(...addresses.map((address, index) => refused(address, index * 100))).notices.length;
    expect(shown('192.0.2.2', '127.0.0.1')).toBe(1);
    expect(
      shown('192.0.2.2:4711', '[2001:db8::1]:4712', '::1', 'fe80::1:2', '::ffff:192.0.2.9'),
    ).toBe(1);
    expect(shown('kitchen', 'ward')).toBe(2);
    expect(after(refused('192.0.2.2', 0), refused('192.0.2.3', 3_000)).notices).toHaveLength(2);
    expect(after(notice('At 192.0.2.2: no.'), notice('At 192.0.2.3: busy.')).notices).toHaveLength(
      2,
    );
  });

  test('of a call are at most three; others are all kept until closed', () => {
    const { notices } = after(
      ...['1', '2', '3', '4'].map((message) => notice(message, 'storage')),
      ...['a', 'b', 'c', 'd'].map((message) => notice(message)),
    );
    expect(notices.map((one) => one.failure.message)).toEqual(['1', '2', '3', '4', 'b', 'c', 'd']);
  });

  test('are limited to as many as the app queues', () => {
    const many = Array.from({ length: 30 }, (_, index) => notice(`n${index}`, 'storage'));
    expect(
      after(...many)
        .notices.map((one) => one.failure.message)
        .at(0),
    ).toBe('n10');
  });

  test('are closed by the user', () => {
    const before = after(notice('a'), notice('b'));
    const closed = reduce(before, { event: 'notice-closed', id: before.notices[0]!.id });
    expect(closed.notices.map((one) => one.failure.message)).toEqual(['b']);
  });

  test('of a call disappear with it, others stay', () => {
    const { notices } = after(
      call(live),
      notice('the camera is gone'),
      notice('the store is away', 'storage'),
      { event: 'call', call: null },
    );
    expect(notices.map(({ topic }) => topic)).toEqual(['storage']);
  });

  test('of a call stay when its state changes', () => {
    const { notices } = after(call({ phase: 'waiting' }), notice('the camera is gone'), call(live));
    expect(notices).toHaveLength(1);
  });

  test.for(['microphone', 'speaker'] as const)('of the %s go once it starts', (device) => {
    const withIt = (kind: 'on' | 'starting'): AppEvent =>
      call(live, { [device]: { kind, muted: false } });
    const others = [notice('the camera is gone'), notice('the store is away', 'storage')];
    const denied = notice('it may not be used here', device);
    const isStarting = [withIt('starting'), ...others, denied, withIt('starting')] as const;
    expect(after(...isStarting).notices).toHaveLength(3);
    expect(after(...isStarting, withIt('on')).notices.map(({ topic }) => topic)).toEqual([
      'camera',
      'storage',
    ]);
    // Which device it goes on with is said after that.
    expect(after(withIt('starting'), withIt('on'), denied, withIt('on')).notices).toHaveLength(1);
  });

  test('of a wrong password disappear when someone joins, and stay for the same partner', () => {
    const refused: UiEvent = {
      event: 'notice',
      topic: 'refused',
      at: 0,
      failure: failure('RK_HANDSHAKE_FAILED', 'a wrong password'),
    };
    expect(after(call({ phase: 'waiting' }), refused, call(live)).notices).toEqual([]);
    expect(after(call(live), refused, call(live)).notices).toHaveLength(1);
  });

  const changed = (...shown: readonly string[]): UiEvent => ({
    event: 'notice',
    topic: 'refused',
    at: 0,
    failure: {
      ...failure('RK_IDENTITY_MISMATCH', 'another identity'),
      person: { name: 'Jonas', known: ['a'], shown },
    },
  });

  test('of a changed person disappear when they join, and stay for anyone else', () => {
    const waiting = call({ phase: 'waiting' });
    const accepted = changed('b', jonas.fingerprint);
    expect(after(waiting, accepted, call(live)).notices).toEqual([]);
    expect(after(waiting, changed('b'), call(live)).notices).toHaveLength(1);
  });

  test('of changed people survive strangers’ attempts, and show all who wait', () => {
    const strangers = ['k', 'l', 'm', 'n'].map((message) => notice(message));
    expect(
      after(changed('b'), ...strangers).notices.map((one) => one.failure.person?.shown),
    ).toEqual([['b'], undefined, undefined, undefined]);
    // At the same moment, with the same name.
    const { notices } = after(changed('x'), changed('x', 'b'));
    expect(notices.map((one) => one.failure.person?.shown)).toEqual([['x', 'b']]);
  });
});

describe('statistics', () => {
  test('keep two samples, the newer first', () => {
    const { samples } = after(call(live), statistics(1), statistics(2), statistics(3));
    expect(samples.map(({ at }) => at)).toEqual([3, 2]);
  });

  test.for([
    ['the partner left', call({ phase: 'waiting' })],
    ['another call began', call(live, { room: ownRoom })],
    ['the call is over', { event: 'call', call: null }],
  ] as const)('restart when %s', ([, event]) => {
    expect(after(call(live), statistics(1), event).samples).toEqual([]);
  });

  test('continue when other parts of the call change', () => {
    const { samples } = after(call(live), statistics(1), call(liveWith({ connections: 1 })));
    expect(samples).toHaveLength(1);
  });
});

describe('the generations of the tracks', () => {
  const generations = (...events: readonly AppEvent[]): UiState['generations'] =>
    after(...events).generations;
  const other = liveWith({ fingerprint: '0000-0000-0000-0000-0000' });
  const waiting = call({ phase: 'waiting' });

  test('grow when a partner joins, returns or is replaced', () => {
    expect(generations(waiting)).toEqual({ camera: 0, screen: 0 });
    expect(generations(call(live))).toEqual({ camera: 1, screen: 1 });
    expect(generations(call(live), waiting, call(live))).toEqual({ camera: 2, screen: 2 });
    expect(generations(call(live), call(other))).toEqual({ camera: 2, screen: 2 });
  });

  test('grow when the track turns on again, each separately', () => {
    const off = call(live, { remote: showing({ camera: { kind: 'off' } }) });
    const shared = call(live, { remote: showing({ screen: { kind: 'on' } }) });
    expect(generations(call(live), off)).toEqual({ camera: 1, screen: 1 });
    expect(generations(call(live), off, call(live))).toEqual({ camera: 2, screen: 1 });
    expect(generations(call(live), shared)).toEqual({ camera: 1, screen: 2 });
  });

  test('stay when other parts of the call change', () => {
    const changed = call(liveWith({ connections: 1 }));
    expect(generations(call(live), changed)).toEqual({ camera: 1, screen: 1 });
  });
});

test('other events are stored as they are', () => {
  const account = { name: 'Marta', fingerprint: '0000-0000-0000-0000-0000' };
  const lost = failure('RK_STORAGE_IO', 'The store is away.');
  const state = after(
    { event: 'account', account },
    { event: 'storage', failure: lost },
    { event: 'page', state: 'elsewhere' },
    { event: 'connection', connection: 'gone' },
  );
  expect(state).toMatchObject({ account, storage: lost, page: 'elsewhere', connection: 'gone' });
});
