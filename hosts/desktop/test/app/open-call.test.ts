import { describe, expect, test } from 'vitest';
import {
  RoomkeyError,
  type CallState,
  type Roomkey,
  type RoomEntry,
  type SignedIn,
} from '@roomkey/core/host';
import { OpenCall } from '../../src/app/open-call.js';
import type { RoomList } from '../../src/app/room-list.js';
import type { Settings } from '../../src/messages/index.js';
import { MemoryLogger } from './scene.js';

const ROOM_ID = 'ab'.repeat(16);

/** A call whose states a test gives. */
async function scene({
  mine,
  password = 'between us',
}: {
  mine: boolean;
  password?: string | null;
}) {
  const journal: string[] = [];
  let move: (state: CallState) => void = () => expect.unreachable();
  const call = {
    state: { phase: 'preparing' },
    on: (event: string, listener: (state: CallState) => void) => {
      if (event === 'state') move = listener;
    },
    start: () => Promise.resolve(),
    startCamera: () => Promise.resolve(),
    stopCamera: () => {
      journal.push('stop camera');
      return Promise.resolve();
    },
  };
  const rooms: Pick<RoomList, 'lock' | 'unlock'> = {
    unlock: (id, password) => journal.push(`unlock ${id} ${password}`),
    lock: (id) => journal.push(`lock ${id}`),
  };
  const room = { id: ROOM_ID, name: 'Lab', mine, password: password !== null } as RoomEntry;
  const open = new OpenCall({ name: 'Ada' } as SignedIn, room, password ?? undefined, {
    calls: { open: () => Promise.resolve(call) } as unknown as Roomkey['calls'],
    rooms: rooms as RoomList,
    settings: () => ({ resolution: '640x360', fps: 30, quality: 80, codec: 'auto' }) as Settings,
    page: () => undefined,
    tell: (event) => {
      if (event.event === 'notice') journal.push(`${event.topic}: ${event.failure.message}`);
    },
    onChange: () => undefined,
    logger: new MemoryLogger(),
  });
  await open.enter();
  const fail = (code: 'RK_PERSON_CHANGED' | 'RK_HANDSHAKE_FAILED' | 'RK_TRANSPORT_LISTEN'): void =>
    move({ phase: 'ended', end: { kind: 'failed', error: new RoomkeyError(code, 'why') } });
  return { journal, fail, open, move: (state: CallState) => move(state) };
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

describe('the camera, when the partner is gone,', () => {
  const liveWith = (name: string, key: number): CallState => {
    const partner = { name, identity: new Uint8Array(32).fill(key), known: 'same' } as const;
    return { phase: 'live', partner, words: [], cipher: 'AES-256-GCM' };
  };
  const live = liveWith('Grace', 1);
  const left = { name: 'Grace', kind: 'left' } as const;

  test.for(['waiting', 'searching'] as const)(
    'is stopped in a room without a password (%s), and it is said why',
    async (phase) => {
      const { journal, open, move } = await scene({ mine: phase === 'waiting', password: null });
      move(live);
      await open.camera.start();
      move({ phase, absence: left });
      expect(journal).toEqual([
        expect.stringContaining('camera: Grace left. Your camera was stopped'),
      ]);
      await expect.poll(() => open.camera.view).toEqual({ kind: 'off' });
      expect(journal[1]).toBe('stop camera');
    },
  );

  test.for([
    ['the connection was lost', null, { name: 'Grace', kind: 'lost' }],
    ['the room has a password', 'between us', left],
  ] as const)('goes on where %s', async ([, password, absence]) => {
    const { journal, open, move } = await scene({ mine: true, password });
    move(live);
    journal.length = 0;
    await open.camera.start();
    move({ phase: 'waiting', absence });
    expect(journal).toEqual([]);
    expect(open.camera.view.kind).toBe('on');
  });

  test.for([
    ['somebody else', liveWith('Eve', 2)],
    ['somebody else of the same name', liveWith('Grace', 2)],
  ] as const)('is stopped where %s comes in after the connection was lost', async ([, other]) => {
    const { journal, open, move } = await scene({ mine: true, password: null });
    move(live);
    await open.camera.start();
    move({ phase: 'waiting', absence: { name: 'Grace', kind: 'lost' } });
    expect(open.camera.view.kind).toBe('on');
    move(other);
    expect(journal).toEqual([
      expect.stringContaining('camera: Somebody else came in, and not Grace. Your camera was'),
    ]);
    await expect.poll(() => open.camera.view).toEqual({ kind: 'off' });
    expect(journal[1]).toBe('stop camera');
  });

  test('goes on where the same person is back', async () => {
    const { journal, open, move } = await scene({ mine: true, password: null });
    move(live);
    await open.camera.start();
    move({ phase: 'waiting', absence: { name: 'Grace', kind: 'lost' } });
    move(live);
    expect(journal).toEqual([]);
    expect(open.camera.view.kind).toBe('on');
  });

  test('goes on for whoever comes, where it was started after somebody left', async () => {
    const { journal, open, move } = await scene({ mine: true, password: null });
    move(live);
    move({ phase: 'waiting', absence: left });
    await open.camera.start();
    move(liveWith('Eve', 2));
    expect(journal).toEqual([]);
    expect(open.camera.view.kind).toBe('on');
  });

  test('is not spoken of where it was off, nor again after it was started by hand', async () => {
    const { journal, open, move } = await scene({ mine: false, password: null });
    move(live);
    move({ phase: 'searching', absence: left });
    await open.camera.start();
    move({ phase: 'connecting', host: '192.0.2.1:5000', absence: left });
    move({ phase: 'searching', absence: left });
    expect(journal).toEqual([]);
    expect(open.camera.view.kind).toBe('on');
  });
});
