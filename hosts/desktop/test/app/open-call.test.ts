import { expect, test } from 'vitest';
import {
  RoomkeyError,
  type CallState,
  type Roomkey,
  type RoomEntry,
  type SignedIn,
} from '@roomkey/core/host';
import { OpenCall } from '../../src/app/open-call.js';
import type { RoomList } from '../../src/app/room-list.js';
import { MemoryLogger } from './scene.js';

const ROOM_ID = 'ab'.repeat(16);

/** A call whose states a test gives, in a room with a password. */
async function scene({ mine }: { readonly mine: boolean }) {
  const journal: string[] = [];
  let move: (state: CallState) => void = () => expect.unreachable();
  const call = {
    state: { phase: 'preparing' },
    on: (event: string, listener: (state: CallState) => void) => {
      if (event === 'state') move = listener;
    },
    start: () => Promise.resolve(),
  };
  const rooms: Pick<RoomList, 'lock' | 'unlock'> = {
    unlock: (id, password) => journal.push(`unlock ${id} ${password}`),
    lock: (id) => journal.push(`lock ${id}`),
  };
  const room = { id: ROOM_ID, name: 'Lab', mine, password: true } as RoomEntry;
  const open = new OpenCall({ name: 'Ada' } as SignedIn, room, 'between us', {
    calls: { open: () => Promise.resolve(call) } as unknown as Roomkey['calls'],
    rooms: rooms as RoomList,
    settings: () => expect.unreachable(),
    page: () => undefined,
    tell: () => undefined,
    onChange: () => undefined,
    logger: new MemoryLogger(),
  });
  await open.enter();
  const fail = (code: 'RK_PERSON_CHANGED' | 'RK_HANDSHAKE_FAILED' | 'RK_TRANSPORT_LISTEN'): void =>
    move({ phase: 'ended', end: { kind: 'failed', error: new RoomkeyError(code, 'why') } });
  return { journal, fail };
}

test('an owner’s password, which nobody can check yet, is not taken for right', async () => {
  const { journal } = await scene({ mine: true });
  expect(journal).toEqual([]);
});

test('it is right where the other side was taken for somebody else: accepted, join goes on', async () => {
  const { journal, fail } = await scene({ mine: false });
  fail('RK_PERSON_CHANGED');
  expect(journal).toEqual([`unlock ${ROOM_ID} between us`]);
});

test('a wrong one is forgotten, another failure says nothing of it', async () => {
  const wrong = await scene({ mine: false });
  wrong.fail('RK_HANDSHAKE_FAILED');
  expect(wrong.journal).toEqual([`lock ${ROOM_ID}`]);
  const other = await scene({ mine: false });
  other.fail('RK_TRANSPORT_LISTEN');
  expect(other.journal).toEqual([]);
});
