import { expect, test } from 'vitest';
import type { Roomkey, RoomEntry, SignedIn } from '@roomkey/core/host';
import { CallDesk } from '../../src/app/call-desk.js';
import type { CurrentAccount } from '../../src/app/current-account.js';
import type { RoomList } from '../../src/app/room-list.js';
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
