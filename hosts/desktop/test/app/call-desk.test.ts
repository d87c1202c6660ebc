import { expect, test } from 'vitest';
import type { Roomkey, RoomEntry, SignedIn, VideoCodec } from '@roomkey/core/host';
import { CallDesk } from '../../src/app/call-desk.js';
import type { CurrentAccount } from '../../src/app/current-account.js';
import type { RoomList } from '../../src/app/room-list.js';
import type { AppEvent } from '../../src/messages/index.js';
import type { PageSession } from '../../src/app/page-session.js';
import { MemoryLogger } from './scene.js';

test('who signs out while a room is looked for does not enter it', async () => {
  const ada = { name: 'Ada' } as SignedIn;
  const account = { signedIn: ada as SignedIn | undefined, require: () => ada };
  let found: (room: RoomEntry) => void = () => expect.unreachable();
  const desk = new CallDesk({
    roomkey: {
      rooms: { find: () => new Promise<RoomEntry>((resolve) => (found = resolve)) },
      calls: { open: () => expect.unreachable('a call is opened') },
    } as unknown as Roomkey,
    account: account as unknown as CurrentAccount,
    rooms: { password: () => undefined } as unknown as RoomList,
    settings: () => expect.unreachable(),
    page: () => undefined,
    tell: () => undefined,
    logger: new MemoryLogger(),
  });
  const joining = desk.join('ab'.repeat(16), undefined);
  account.signedIn = undefined;
  found({ id: 'ab'.repeat(16), name: 'Lab', password: false } as RoomEntry);
  await expect(joining).rejects.toMatchObject({ code: 'RK_ACCOUNT_SIGNED_OUT' });
  expect(desk.event).toEqual({ event: 'call', call: null });
});

test('a page that takes over and shows less than the one before is told to join again', async () => {
  const told: AppEvent[] = [];
  let codecs: readonly VideoCodec[] = ['h264', 'vp8'];
  const room = { id: 'ab'.repeat(16), name: 'Lab', password: false } as RoomEntry;
  const call = { state: { phase: 'waiting' }, on: () => undefined, start: () => Promise.resolve() };
  const desk = new CallDesk({
    roomkey: {
      rooms: { find: () => Promise.resolve(room) },
      calls: { open: () => Promise.resolve(call) },
    } as unknown as Roomkey,
    account: accountOf({ name: 'Ada' } as SignedIn),
    rooms: { password: () => undefined } as unknown as RoomList,
    settings: () => expect.unreachable(),
    page: () => ({ codecs }) as unknown as PageSession,
    tell: (event) => told.push(event),
    logger: new MemoryLogger(),
  });
  const notices = (): number => told.filter(({ event }) => event === 'notice').length;
  codecs = ['vp8'];
  desk.changePage();
  codecs = ['h264', 'vp8'];
  await desk.join(room.id, undefined);
  codecs = ['vp8', 'jpeg', 'h264'];
  desk.changePage();
  expect(notices()).toBe(0);
  codecs = ['vp8', 'jpeg'];
  desk.changePage();
  expect(told.at(-1)).toMatchObject({
    event: 'notice',
    failure: { message: expect.stringContaining('join again from this window') as string },
  });
  expect(notices()).toBe(1);
});

function accountOf(signedIn: SignedIn): CurrentAccount {
  return { signedIn, require: () => signedIn } as unknown as CurrentAccount;
}
