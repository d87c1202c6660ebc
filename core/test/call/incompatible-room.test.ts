import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryDiscovery } from '@roomkey/core/conformance';
import { announceRoom } from '../../src/rooms/announce-room.js';
import type { LiveRoom } from '../../src/rooms/live-room-table.js';
import { createRoomParameters } from '../../src/secure/room-parameters.js';
import { newIdentity } from '../secure/peers.js';
import { TestMachine, createSharedNetwork } from './test-machine.js';

const version = { code: 'RK_HANDSHAKE_VERSION' };
const of = { minVersion: 1, maxVersion: 1 };

/** A computer that looks for rooms, and a host that announces one of a different version. */
async function nearby(facts: Partial<typeof of>) {
  const common = createSharedNetwork();
  const machine = new TestMachine(common, '10.0.0.2');
  await machine.live.start();
  onTestFinished(() => machine.live.stop());
  const identity = newIdentity();
  const room = createRoomParameters(identity.publicKey, 1);
  const discovery = new MemoryDiscovery(common.domain, { host: '10.0.0.1' });
  const told = {
    ...of,
    ...facts,
    room,
    full: false,
    port: 4_000,
    roomName: 'Lab',
    hostName: 'Ada',
  };
  const found = new Promise<LiveRoom>((resolve) => {
    for (const event of ['found', 'changed'] as const) {
      machine.live.on(event, (live) => {
        if (live.confirmed) resolve(live);
      });
    }
  });
  const announcement = await announceRoom(discovery, identity, told);
  onTestFinished(() => announcement.stop());
  await machine.live.refresh();
  await found;
  const account = { name: 'Bob', identity: newIdentity() };
  const [entry] = await machine.rooms.list({ account });
  if (entry === undefined) throw new Error('the room is not listed');
  return { entry, open: () => machine.calls().open(account, entry, { password: 'sesame' }) };
}

describe('a room that one cannot join', () => {
  it.each([['speaks later versions only', { minVersion: 2, maxVersion: 3 }]])(
    'is refused before anything is computed or dialed: its host %s',
    async (_, facts) => {
      const { entry, open } = await nearby(facts);
      expect(entry).toMatchObject({ live: true, confirmed: true, compatible: false });
      await expect(open()).rejects.toMatchObject(version);
    },
  );

  it.each([['speaks a later version too', { maxVersion: 3 }]])(
    'is none where its host %s',
    async (_, facts) => {
      const { entry, open } = await nearby(facts);
      expect(entry).toMatchObject({ compatible: true });
      await (await open()).leave();
    },
  );
});
