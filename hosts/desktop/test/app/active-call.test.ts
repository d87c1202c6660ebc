import { describe, expect, test } from 'vitest';
import { RoomkeyError, type CallState, type RoomEntry } from '@roomkey/core/host';
import { setUpCalls, camera, ID, live, until } from './set-up-calls.js';

/** A call whose states a test gives. */
async function setup(room: Pick<RoomEntry, 'mine' | 'password'>) {
  const { calls, journal, join, notices } = setUpCalls(room);
  const { emits } = await join(room.password ? 'between us' : undefined);
  const move = (state: CallState): void => emits('state', state);
  const fail = (code: 'RK_PERSON_CHANGED' | 'RK_HANDSHAKE_FAILED' | 'RK_TRANSPORT_LISTEN'): void =>
    move({ phase: 'ended', end: { kind: 'failed', error: new RoomkeyError(code, 'why') } });
  return { calls, journal, notices, move, fail };
}

test('an owner’s password, which nobody can check yet, is not taken for right', async () => {
  const { journal } = await setup({ mine: true, password: true });
  expect(journal).toEqual(['started']);
});

test('it is right where the other side was taken for somebody else: accepted, join goes on', async () => {
  const { journal, fail } = await setup({ mine: false, password: true });
  fail('RK_PERSON_CHANGED');
  expect(journal).toEqual(['started', `unlock ${ID} between us`]);
});

test('it is right where the host has not accepted one yet: the host let the handshake through', async () => {
  const { journal, move } = await setup({ mine: false, password: true });
  move({ phase: 'searching', absence: { name: 'Grace', kind: 'unaccepted' } });
  expect(journal).toEqual(['started', `unlock ${ID} between us`]);
});

test('a wrong one is forgotten, another failure says nothing of it', async () => {
  const wrong = await setup({ mine: false, password: true });
  wrong.fail('RK_HANDSHAKE_FAILED');
  expect(wrong.journal).toEqual(['started', `lock ${ID}`]);
  const other = await setup({ mine: false, password: true });
  other.fail('RK_TRANSPORT_LISTEN');
  expect(other.journal).toEqual(['started']);
});

describe('the camera, when the partner is gone,', () => {
  const another = (name: string): CallState => {
    const partner = { name, identity: new Uint8Array(32).fill(2), known: 'same' } as const;
    return { phase: 'live', partner, words: [], cipher: 'AES-256-GCM' };
  };
  const left = { name: 'Grace', kind: 'left' } as const;
  const lost = { name: 'Grace', kind: 'lost' } as const;

  test.for(['waiting', 'searching'] as const)(
    'is stopped in a room without a password (%s), and it is said why',
    async (phase) => {
      const open = await setup({ mine: phase === 'waiting', password: false });
      const { calls, journal, notices, move } = open;
      move(live);
      await calls.startCamera();
      move({ phase, absence: left });
      expect(notices()).toEqual([
        expect.stringContaining('camera: Grace left. Your camera was stopped'),
      ]);
      await until(() => camera(calls)?.kind === 'off');
      expect(journal).toEqual(['started', 'start first', 'stop']);
    },
  );

  test.for([
    ['the connection was lost', false, lost],
    ['the room has a password', true, left],
  ] as const)('goes on where %s', async ([, password, absence]) => {
    const { calls, journal, notices, move } = await setup({ mine: true, password });
    move(live);
    journal.length = 0;
    await calls.startCamera();
    move({ phase: 'waiting', absence });
    expect(notices()).toEqual([]);
    expect(journal).toEqual(['start first']);
    expect(camera(calls)?.kind).toBe('on');
  });

  test.for([
    ['somebody else', another('Eve')],
    ['somebody else of the same name', another('Grace')],
  ] as const)('is stopped where %s comes in after the connection was lost', async ([, other]) => {
    const { calls, journal, notices, move } = await setup({ mine: true, password: false });
    move(live);
    await calls.startCamera();
    move({ phase: 'waiting', absence: lost });
    expect(camera(calls)?.kind).toBe('on');
    move(other);
    expect(notices()).toEqual([
      expect.stringContaining('camera: Somebody else came in, and not Grace. Your camera was'),
    ]);
    await until(() => camera(calls)?.kind === 'off');
    expect(journal).toEqual(['started', 'start first', 'stop']);
  });

  /** That nothing was said, and that it was started once and not stopped. */
  const goesOn = ({ calls, journal, notices }: Awaited<ReturnType<typeof setup>>): void => {
    expect(notices()).toEqual([]);
    expect(journal).toEqual(['started', 'start first']);
    expect(camera(calls)?.kind).toBe('on');
  };

  test('goes on where the same person is back', async () => {
    const open = await setup({ mine: true, password: false });
    open.move(live);
    await open.calls.startCamera();
    open.move({ phase: 'waiting', absence: lost });
    open.move(live);
    goesOn(open);
  });

  test('goes on for whoever comes, where it was started after somebody left', async () => {
    const open = await setup({ mine: true, password: false });
    open.move(live);
    open.move({ phase: 'waiting', absence: left });
    await open.calls.startCamera();
    open.move(another('Eve'));
    goesOn(open);
  });

  test('is not spoken of where it was off, nor again after it was started by hand', async () => {
    const open = await setup({ mine: false, password: false });
    open.move(live);
    open.move({ phase: 'searching', absence: left });
    await open.calls.startCamera();
    open.move({ phase: 'connecting', host: '192.0.2.1:5000', absence: left });
    open.move({ phase: 'searching', absence: left });
    goesOn(open);
  });
});
