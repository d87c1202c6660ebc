import { describe, expect, test } from 'vitest';
import { RoomkeyError, type ErrorCode, type GuessLimit, type RoomEntry } from '@roomkey/core/host';
import {
  setUpCalls,
  ID,
  left,
  over,
  pending,
  shown,
  until,
  type FakeCall,
} from './set-up-calls.js';

const code = (expected: ErrorCode): Error => expect.objectContaining({ code: expected }) as Error;

describe('joining', () => {
  test('fails if the user signs out while the room is looked up', async () => {
    const { calls, account, world, asked } = setUpCalls();
    const found = pending<RoomEntry>();
    world.found = found.promise;
    const joining = calls.join(ID, undefined);
    account.signedIn = undefined;
    found.resolve({ id: ID, name: 'Lab', password: false } as RoomEntry);
    await expect(joining).rejects.toThrow(code('RK_ACCOUNT_SIGNED_OUT'));
    expect(calls.event).toEqual({ event: 'call', call: null });
    expect(asked).toEqual([]);
  });

  test('shows the key derivation, then waiting for the partner', async () => {
    const open = setUpCalls();
    const locked = setUpCalls({ password: true });
    for (const [{ calls, call, emitted }, password, phase] of [
      [open, undefined, 'preparing'],
      [locked, 'sesame', 'deriving-key'],
    ] as const) {
      const joining = calls.join(ID, password);
      const asked = await call(0);
      expect(asked.password).toBe(password);
      expect(asked.codecs).toEqual(['jpeg', 'h264', 'vp8']);
      expect(shown({ emitted })).toBe(phase);
      asked.opens();
      await joining;
      expect(shown({ emitted })).toBe('waiting');
    }
  });

  test('uses the remembered password, and treats an empty one as none', async () => {
    const { calls, passwords, join, asked } = setUpCalls({ password: true });
    for (const given of [undefined, '']) {
      // After a restart the owner is asked too.
      await expect(calls.join(ID, given)).rejects.toMatchObject({
        code: 'RK_ROOM_PASSWORD_REQUIRED',
        // The user may own the room.
        message: 'Enter the room password.',
      });
    }
    expect(asked).toEqual([]);
    const guesses = Object.create(null) as GuessLimit;
    passwords.set(ID, { password: 'sesame', guesses });
    // Earlier guesses count until it is typed again.
    expect(await join('')).toMatchObject({ password: 'sesame', guesses });
    await calls.leave();
    expect(await join('another')).toMatchObject({ password: 'another', guesses: undefined });
  });

  test('fails for a changed owner before anything else, even with a password', async () => {
    const { calls, world, emitted, asked } = setUpCalls({ password: true });
    const changed = new RoomkeyError('RK_IDENTITY_MISMATCH', 'Grace shows another identity.');
    world.owner = () => Promise.reject(changed);
    for (const given of [undefined, 'sesame']) {
      await expect(calls.join(ID, given)).rejects.toBe(changed);
    }
    expect([emitted, asked]).toEqual([[], []]);
  });

  test('is refused during a call, and possible once it is over', async () => {
    const { calls, join, asked } = setUpCalls();
    const first = await join();
    await expect(calls.join(ID, undefined)).rejects.toThrow(code('RK_CALL_OPEN'));
    calls.requireNone('cd'.repeat(16));
    expect(() => calls.requireNone(ID)).toThrow(code('RK_CALL_OPEN'));
    first.emits('state', over);
    calls.requireNone();
    await join();
    expect(asked).toHaveLength(2);
  });

  test('waits until the previous call is left', async () => {
    const { calls, world, asked, journal, join } = setUpCalls();
    await join();
    const leaving = pending();
    world.left = leaving.promise;
    const away = calls.leave();
    const again = join();
    await until(() => journal.includes('leave'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(1);
    leaving.resolve();
    await Promise.all([away, again]);
    expect(journal).toEqual(['started', 'leave', 'left', 'started']);
  });

  test('can be abandoned during the key derivation: nothing fails or is shown', async () => {
    const ends: ((asked: FakeCall) => void)[] = [
      (asked) => asked.opens(),
      (asked) => asked.fails(new RoomkeyError('RK_TRANSPORT_LISTEN', 'no port')),
    ];
    for (const end of ends) {
      const { calls, call, emitted, journal } = setUpCalls();
      const joining = calls.join(ID, undefined);
      const asked = await call(0);
      const leaving = calls.leave();
      expect(shown({ emitted })).toBeNull();
      const before = emitted.length;
      end(asked);
      await Promise.all([joining, leaving]);
      expect(emitted).toHaveLength(before);
      expect(journal).not.toContain('started');
    }
  });

  test('reports nothing if the user leaves just as the room fails to open', async () => {
    const { calls, call } = setUpCalls();
    const joining = calls.join(ID, undefined);
    (await call(0)).fails(new RoomkeyError('RK_TRANSPORT_LISTEN', 'no port'));
    await Promise.all([calls.leave(), joining]);
  });

  test('reports a room that cannot be opened, and leaves no call', async () => {
    const { calls, call, emitted } = setUpCalls();
    const joining = calls.join(ID, undefined);
    (await call(0)).fails(new RoomkeyError('RK_TRANSPORT_LISTEN', 'no port'));
    await expect(joining).rejects.toThrow(code('RK_TRANSPORT_LISTEN'));
    expect(shown({ emitted })).toBeNull();
    calls.requireNone();
  });

  test('refuses an owner’s new password once, and accepts it the second time', async () => {
    const changed = new RoomkeyError('RK_ROOM_PASSWORD_CHANGED', 'Another.');
    const { calls, call, journal, emitted, asked } = setUpCalls({ password: true, mine: true });
    const refuse = async (password: string): Promise<FakeCall> => {
      const joining = calls.join(ID, password);
      const one = await call(asked.length);
      one.fails(changed);
      await joining;
      expect(calls.event).toMatchObject({
        call: {
          state: {
            phase: 'ended',
            end: {
              kind: 'failed',
              failure: {
                code: 'RK_ROOM_PASSWORD_CHANGED',
                message: expect.stringContaining('enter this one again') as string,
              },
            },
          },
        },
      });
      expect(shown({ emitted })).toBe('ended');
      expect(journal.at(-1)).toBe(`lock ${ID}`);
      return one;
    };
    expect(await refuse('sesane')).toMatchObject({ isNewPassword: false });
    expect(await refuse('sesame')).toMatchObject({ isNewPassword: false });
    // After leaving, the confirmation starts over.
    await calls.leave();
    expect(await refuse('sesame')).toMatchObject({ isNewPassword: false });
    const joining = calls.join(ID, 'sesame');
    const meant = await call(asked.length);
    expect(meant).toMatchObject({ password: 'sesame', isNewPassword: true });
    meant.opens();
    await joining;
    expect(shown({ emitted })).toBe('waiting');
  });

  test('reports a call that cannot start, and shows it as ended', async () => {
    const { calls, world, call, emitted } = setUpCalls();
    const starting = pending();
    world.started = starting.promise;
    const joining = calls.join(ID, undefined);
    const asked = await call(0);
    asked.opens();
    await until(() => shown({ emitted }) === 'waiting');
    const error = new RoomkeyError('RK_DISCOVERY_FAILED', 'no network');
    asked.emits('state', { phase: 'ended', end: { kind: 'failed', error } });
    starting.reject(error);
    await expect(joining).rejects.toThrow(code('RK_DISCOVERY_FAILED'));
    expect(shown({ emitted })).toBe('ended');
  });
});

describe('leaving', () => {
  test('takes effect at once; later events of the old call are dropped', async () => {
    const { calls, world, emitted, journal, join } = setUpCalls();
    const first = await join();
    const leaving = pending();
    world.left = leaving.promise;
    const away = calls.leave();
    expect(shown({ emitted })).toBeNull();
    const before = emitted.length;
    first.emits('state', left);
    expect(emitted).toHaveLength(before);
    let isDone = false;
    const second = calls.leave().then(() => (isDone = true));
    await until(() => journal.includes('leave'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    leaving.resolve();
    await Promise.all([away, second]);
    expect(journal).toEqual(['started', 'leave', 'left']);
  });

  test.for([
    ['an own room, on request', { mine: true }, true, ['close the room', 'left', `remove ${ID}`]],
    ['an own room, kept', { mine: true }, false, ['leave', 'left']],
    ['another person’s room', { mine: false }, true, ['leave', 'left']],
  ] as const)('deletes the room or keeps it: %s', async ([, room, deleteRoom, expected]) => {
    const { calls, journal, join } = setUpCalls(room);
    await join();
    journal.length = 0;
    await calls.leave(deleteRoom);
    expect(journal).toEqual(expected);
  });

  test('succeeds if the room is no longer stored', async () => {
    const { calls, world, join } = setUpCalls({ mine: true });
    await join();
    world.removed = () => Promise.reject(new RoomkeyError('RK_ROOM_NOT_FOUND', 'gone'));
    await calls.leave(true);
  });

  test('reports a room that cannot be deleted, and allows joining again', async () => {
    const { calls, world, emitted, join } = setUpCalls({ mine: true });
    await join();
    world.removed = () => Promise.reject(new RoomkeyError('RK_STORAGE_IO', 'no disk'));
    await expect(calls.leave(true)).rejects.toThrow(code('RK_STORAGE_IO'));
    expect(shown({ emitted })).toBeNull();
    await join();
  });
});

test('a page that takes over and supports fewer codecs gets a notice to join again', async () => {
  const { calls, page, emitted, join, notices } = setUpCalls();
  page.codecs = ['vp8'];
  calls.changePage();
  page.codecs = ['h264', 'vp8'];
  await join();
  page.codecs = ['vp8', 'jpeg', 'h264'];
  calls.changePage();
  expect(notices()).toEqual([]);
  page.codecs = ['vp8', 'jpeg'];
  calls.changePage();
  expect(emitted.at(-1)).toMatchObject({
    event: 'notice',
    failure: { message: expect.stringContaining('join again from this window') as string },
  });
  expect(notices()).toHaveLength(1);
});

test('a page that supports only JPEG, like every page, gets no notice', async () => {
  const { calls, page, join, notices } = setUpCalls();
  page.codecs = ['jpeg'];
  await join();
  page.codecs = [];
  calls.changePage();
  expect(notices()).toEqual([]);
});
