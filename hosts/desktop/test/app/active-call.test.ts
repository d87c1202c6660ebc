import { describe, expect, test } from 'vitest';
import { RoomkeyError, type CallState, type RoomEntry } from '@roomkey/core/host';
import { setUpCalls, camera, ID, live, liveWith, until } from './set-up-calls.js';

/** A call whose states a test sets. */
async function setup(room: Pick<RoomEntry, 'mine' | 'password'>) {
  const { calls, journal, join, notices } = setUpCalls(room);
  const { emits } = await join(room.password ? 'between us' : undefined);
  const move = (state: CallState): void => emits('state', state);
  const fail = (
    code: 'RK_IDENTITY_MISMATCH' | 'RK_HANDSHAKE_FAILED' | 'RK_TRANSPORT_LISTEN',
  ): void =>
    move({ phase: 'ended', end: { kind: 'failed', error: new RoomkeyError(code, 'why') } });
  return { calls, journal, notices, move, fail };
}

test('an owner’s password is not remembered before it is verified', async () => {
  const { journal } = await setup({ mine: true, password: true });
  expect(journal).toEqual(['started']);
});

test('a password is right if the partner’s identity changed: it is remembered for joining', async () => {
  const { journal, fail } = await setup({ mine: false, password: true });
  fail('RK_IDENTITY_MISMATCH');
  expect(journal).toEqual(['started', `unlock ${ID} between us`]);
});

test('a password is right if the host has not accepted the guest yet', async () => {
  const { journal, move } = await setup({ mine: false, password: true });
  move({ phase: 'searching', lastPartner: { name: 'Grace', kind: 'unaccepted' } });
  expect(journal).toEqual(['started', `unlock ${ID} between us`]);
});

test('a wrong password is forgotten, other failures keep it', async () => {
  const wrong = await setup({ mine: false, password: true });
  wrong.fail('RK_HANDSHAKE_FAILED');
  expect(wrong.journal).toEqual(['started', `lock ${ID}`]);
  const other = await setup({ mine: false, password: true });
  other.fail('RK_TRANSPORT_LISTEN');
  expect(other.journal).toEqual(['started']);
});

describe('the camera, after the partner is gone,', () => {
  const another = (name: string): CallState => liveWith(name, 2);
  const left = { name: 'Grace', kind: 'left' } as const;
  const lost = { name: 'Grace', kind: 'lost' } as const;

  test.for(['waiting', 'searching'] as const)(
    'is stopped in a room without a password (%s), with a notice',
    async (phase) => {
      const open = await setup({ mine: phase === 'waiting', password: false });
      const { calls, journal, notices, move } = open;
      move(live);
      await calls.startCamera();
      move({ phase, lastPartner: left });
      expect(notices()).toEqual([
        expect.stringContaining('camera: Grace left. Your camera is off because'),
      ]);
      await until(() => camera(calls)?.kind === 'off');
      expect(journal).toEqual(['started', 'start camera first', 'stop camera']);
    },
  );

  test.for([
    ['the connection was lost', false, lost],
    ['the room has a password', true, left],
  ] as const)('continues if %s', async ([, password, lastPartner]) => {
    const { calls, journal, notices, move } = await setup({ mine: true, password });
    move(live);
    journal.length = 0;
    await calls.startCamera();
    move({ phase: 'waiting', lastPartner });
    expect(notices()).toEqual([]);
    expect(journal).toEqual(['start camera first']);
    expect(camera(calls)?.kind).toBe('on');
  });

  test.for([
    ['someone else', another('Eve')],
    ['someone else of the same name', another('Grace')],
  ] as const)('is stopped if %s joins after the connection was lost', async ([, other]) => {
    const { calls, journal, notices, move } = await setup({ mine: true, password: false });
    move(live);
    await calls.startCamera();
    move({ phase: 'waiting', lastPartner: lost });
    expect(camera(calls)?.kind).toBe('on');
    move(other);
    expect(notices()).toEqual([
      expect.stringContaining('camera: Someone else joined. Your camera is off because'),
    ]);
    await until(() => camera(calls)?.kind === 'off');
    expect(journal).toEqual(['started', 'start camera first', 'stop camera']);
  });

  /** Expects no notice, one start and no stop. */
  const goesOn = ({ calls, journal, notices }: Awaited<ReturnType<typeof setup>>): void => {
    expect(notices()).toEqual([]);
    expect(journal).toEqual(['started', 'start camera first']);
    expect(camera(calls)?.kind).toBe('on');
  };

  test('continues if the same person returns', async () => {
    const open = await setup({ mine: true, password: false });
    open.move(live);
    await open.calls.startCamera();
    open.move({ phase: 'waiting', lastPartner: lost });
    open.move(live);
    goesOn(open);
  });

  test('continues for anyone, if it was started after the partner left', async () => {
    const open = await setup({ mine: true, password: false });
    open.move(live);
    open.move({ phase: 'waiting', lastPartner: left });
    await open.calls.startCamera();
    open.move(another('Eve'));
    goesOn(open);
  });

  test('causes no notice if it was off, or was restarted by the user', async () => {
    const open = await setup({ mine: false, password: false });
    open.move(live);
    open.move({ phase: 'searching', lastPartner: left });
    await open.calls.startCamera();
    open.move({ phase: 'connecting', host: '192.0.2.1:5000', lastPartner: left });
    open.move({ phase: 'searching', lastPartner: left });
    goesOn(open);
  });
});
