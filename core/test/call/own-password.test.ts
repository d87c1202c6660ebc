import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { SignedIn } from '../../src/people/accounts.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { toHex } from '../../src/secure/bytes.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import { identityOf } from '../rooms/setup.js';
import { TestMachine, createSharedNetwork } from './test-machine.js';

// PBKDF2 takes its time by design.
vi.setConfig({ testTimeout: 60_000 });

const grace: SignedIn = { name: 'Grace', identity: identityOf('grace') };
const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
const wrong = code('RK_ROOM_PASSWORD_CHANGED');

/** A room of Grace’s whose salt is the same each time: of 256 wrong passwords one is not noticed. */
const parameters = {
  ...createRoomParameters(grace.identity.publicKey, 1),
  salt: new Uint8Array(16),
};
const id = toHex(roomId(parameters));
const owner = { name: grace.name, identity: grace.identity.publicKey };
const lab = { id, parameters, name: 'Lab', owner, password: true } as RoomEntry;

test('the owner who mistypes the password of an own room is told, and the room stays closed', async () => {
  const at = new TestMachine(createSharedNetwork(), '192.0.2.1');
  expect(await at.calls().isFirstPassword(grace, lab)).toBe(true);
  await (await at.call(grace, lab, { password: 'sesame' })).leave();
  expect(await at.calls().isFirstPassword(grace, lab)).toBe(false);
  await expect(at.call(grace, lab, { password: 'sesane' })).rejects.toThrow(wrong);
  await at.call(grace, lab, { password: 'sesame' });
});

test('a password that is meant to be new is the one that is known then', async () => {
  const at = new TestMachine(createSharedNetwork(), '192.0.2.1');
  await (await at.call(grace, lab, { password: 'sesame' })).leave();
  await (await at.call(grace, lab, { password: 'another', isNewPassword: true })).leave();
  await expect(at.call(grace, lab, { password: 'sesame' })).rejects.toThrow(wrong);
  await at.call(grace, lab, { password: 'another' });
});

test('each machine of an owner has a first time of its own', async () => {
  const world = createSharedNetwork();
  const [one, other] = [new TestMachine(world, '192.0.2.1'), new TestMachine(world, '192.0.2.2')];
  await (await one.call(grace, lab, { password: 'sesame' })).leave();
  await (await other.call(grace, lab, { password: 'another' })).leave();
  await expect(one.call(grace, lab, { password: 'another' })).rejects.toThrow(wrong);
  await expect(other.call(grace, lab, { password: 'sesame' })).rejects.toThrow(wrong);
});

test('a guest’s password, and a room without one, are none of its business', async () => {
  const at = new TestMachine(createSharedNetwork(), '192.0.2.1');
  const porch = await at.rooms.create(ada, 'Porch', { password: false });
  for (const password of ['sesame', 'another']) {
    expect(await at.calls().isFirstPassword(ada, lab)).toBe(false);
    await (await at.call(ada, lab, { password })).leave();
  }
  expect(await at.calls().isFirstPassword(ada, porch)).toBe(false);
  await at.call(ada, porch);
  expect(await readdir(at.configFolder)).not.toContain('own-rooms');
});

test('a room that is deleted leaves nothing behind', async () => {
  const at = new TestMachine(createSharedNetwork(), '192.0.2.1');
  const room = await at.rooms.create(grace, 'Lab', { password: true });
  await (await at.call(grace, room, { password: 'sesame' })).leave();
  const files = async (): Promise<string[]> => {
    const all = await readdir(at.configFolder, { recursive: true });
    return all.filter((name) => name.endsWith('.json'));
  };
  expect(await files()).toHaveLength(1);
  await at.rooms.remove(grace, room.id);
  expect(await files()).toEqual([]);
});

test('a folder that cannot be used is logged and keeps no owner out of their room', async () => {
  const at = new TestMachine(createSharedNetwork(), '192.0.2.1');
  const folder = join(at.configFolder, 'own-rooms');
  await writeFile(folder, 'not a folder');
  for (const password of ['sesame', 'another']) {
    await (await at.call(grace, lab, { password })).leave();
  }
  expect(at.warnings.join('\n')).toContain(folder);
});
