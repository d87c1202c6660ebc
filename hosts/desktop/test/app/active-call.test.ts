import { describe, expect, test } from 'vitest';
import {
  fingerprint,
  resemblanceNotes,
  RoomkeyError,
  type CallState,
  type Knock,
  type RoomEntry,
} from '@roomkey/core/host';
import type { CallController } from '../../src/app/call-controller.js';
import { setUpCalls, camera, ID, live, liveWith, pending } from './set-up-calls.js';

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

test('a password is right as soon as the host has to let the guest in', async () => {
  const { journal, move } = await setup({ mine: false, password: true });
  move({ phase: 'knocking', name: 'Grace' });
  expect(journal).toEqual(['started', `unlock ${ID} between us`]);
});

describe('a camera that was started while waiting in a room without a password', () => {
  const another = (name: string): CallState => liveWith(name, 2);
  const left = { name: 'Grace', kind: 'left' } as const;
  const lost = { name: 'Grace', kind: 'lost' } as const;

  test.for<[string, boolean, ...CallState[]]>([
    ['a guest is let in', true, live],
    ['the host lets the user in', false, { phase: 'knocking', name: 'Grace' }, live],
    ['the guest leaves', true, live, { phase: 'waiting', lastPartner: left }],
    ['the host leaves', false, live, { phase: 'searching', lastPartner: left }],
    ['the connection is lost', true, live, { phase: 'waiting', lastPartner: lost }],
    [
      'the next guest is let in',
      true,
      live,
      { phase: 'waiting', lastPartner: left },
      another('Eve'),
    ],
    [
      'someone else of the same name is let in',
      true,
      live,
      { phase: 'waiting', lastPartner: lost },
      another('Grace'),
    ],
  ])('stays on, without a notice, when %s', async ([, mine, ...states]) => {
    const { calls, journal, notices, move } = await setup({ mine, password: false });
    await calls.startCamera();
    for (const state of states) move(state);
    expect(notices()).toEqual([]);
    expect(journal).toEqual(['started', 'start camera first']);
    expect(camera(calls)?.kind).toBe('on');
  });
});

describe('guests who want to join', () => {
  const dora = guest(1, { name: 'Dora', known: 'new', looksLike: ['Nora'] });
  const carl = guest(2, { name: 'Carl', known: 'same' });
  const shownKnocks = ({ calls }: { calls: CallController }) =>
    calls.event.event === 'call' ? calls.event.call?.knocks : undefined;

  test('are shown with who they are, oldest first', async () => {
    const { calls, emitted, join } = setUpCalls({ mine: true });
    const { knocks } = await join();
    expect(shownKnocks({ calls })).toEqual([]);
    const before = emitted.length;
    knocks(dora, carl);
    expect(emitted).toHaveLength(before + 1);
    expect(shownKnocks({ calls })).toEqual([
      {
        id: dora.id,
        name: 'Dora',
        fingerprint: fingerprint(dora.identity),
        known: 'new',
        notes: resemblanceNotes(dora, 'Ada'),
      },
      { id: carl.id, name: 'Carl', fingerprint: fingerprint(carl.identity), known: 'same' },
    ]);
    expect(resemblanceNotes(dora, 'Ada')).not.toEqual([]);
  });

  test('are declined one by one', async () => {
    const { calls, journal, join } = setUpCalls({ mine: true });
    const { knocks } = await join();
    knocks(dora, carl);
    await calls.decline(dora.id);
    expect(journal).toEqual(['started', `decline ${dora.id}`]);
    knocks(carl);
    expect(shownKnocks({ calls })).toMatchObject([{ name: 'Carl' }]);
  });

  test('are not shown while another is being let in, and again if that one is gone', async () => {
    const { calls, world, journal, join } = setUpCalls({ mine: true });
    const { knocks } = await join();
    knocks(dora, carl);
    const entering = pending();
    world.letIn = entering.promise;
    const lettingIn = calls.letIn(dora.id);
    expect(journal).toEqual(['started', `let in ${dora.id}`]);
    knocks(carl);
    expect(shownKnocks({ calls })).toEqual([]);
    entering.resolve();
    await lettingIn;
    expect(shownKnocks({ calls })).toMatchObject([{ name: 'Carl' }]);
  });

  test('are answered in no other call: without one, nothing happens', async () => {
    const { calls, journal } = setUpCalls();
    await calls.letIn(dora.id);
    await calls.decline(dora.id);
    expect(journal).toEqual([]);
  });
});

/** A guest who waits, whose identity is 32 bytes of `identity`. */
function guest(identity: number, over: Pick<Knock, 'name' | 'known' | 'looksLike'>): Knock {
  const bytes = new Uint8Array(32).fill(identity);
  return { id: Buffer.from(bytes).toString('hex'), identity: bytes, ...over };
}
