import { execFile } from 'node:child_process';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomkeyError } from '@roomkey/core';
import { KnownPeers, SignInFile } from '../../src/people/index.js';
import { nameKey } from '../../src/people/names.js';
import { VisitedRooms } from '../../src/rooms/visited-rooms.js';
import { toHex } from '../../src/secure/bytes.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import type { Hashing } from './fast-scrypt.js';
import { code, createMachine, PASSWORD, stored, tamper } from './setup.js';

const hashing = vi.hoisted<Hashing>(() => ({ passwords: [], running: 0, peak: 0 }));
vi.mock('node:crypto', async (original) =>
  (await import('./fast-scrypt.js')).withFastScrypt(original, hashing),
);

const NEXT = 'battery staple';
const bob = { name: 'Bob', identity: new Uint8Array(32).fill(1) };

beforeEach(() => {
  hashing.passwords.length = 0;
});

describe('changePassword', () => {
  it('seals the same identity under the new password; who is signed in stays so', async () => {
    const { accounts, disk } = await createMachine();
    const { identity } = await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    const before = await stored(disk, 'Anna');

    const changed = await accounts.changePassword('anna', PASSWORD, NEXT);
    expect(changed.name).toBe('Anna');
    expect(changed.identity.publicKey).toEqual(identity.publicKey);
    const after = await stored(disk, 'Anna');
    expect(after?.['password']).not.toBe(before?.['password']);
    expect(after?.['sealedSeed']).not.toEqual(before?.['sealedSeed']);
    expect(after).toMatchObject({ failures: 0, lockedUntil: 0 });
    expect((await accounts.current())?.identity.publicKey).toEqual(identity.publicKey);

    expect((await accounts.unlock('Anna', NEXT)).identity.publicKey).toEqual(identity.publicKey);
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
  });

  it('checks the new password before it hashes or counts anything', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    hashing.passwords.length = 0;
    await expect(accounts.changePassword('Anna', 'wrong horse', 'short')).rejects.toThrow(
      code('RK_ACCOUNT_PASSWORD_INVALID'),
    );
    expect(hashing.passwords).toEqual([]);
    expect(await stored(disk, 'Anna')).toMatchObject({ failures: 0 });
  });

  it('refuses and counts a wrong old password, with the work of one for a name unknown', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    const before = await stored(disk, 'Anna');
    hashing.passwords.length = 0;
    for (const name of ['Anna', 'Eve']) {
      await expect(accounts.changePassword(name, 'wrong horse', NEXT)).rejects.toThrow(
        code('RK_ACCOUNT_REFUSED'),
      );
    }
    expect(hashing.passwords).toEqual(['wrong horse', 'wrong horse']);
    expect(await stored(disk, 'Anna')).toEqual({ ...before, failures: 1 });
    const lockedUntil = Date.now() + 60_000;
    await tamper(disk, 'Anna', { failures: 9, lockedUntil });
    await expect(accounts.changePassword('Anna', PASSWORD, NEXT)).rejects.toThrow(
      code('RK_ACCOUNT_THROTTLED'),
    );
  });

  it('lets one of two machines that change it at once win, and tells the other', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    await one.accounts.create('Anna', PASSWORD);
    const results = await Promise.allSettled([
      one.accounts.changePassword('Anna', PASSWORD, NEXT),
      other.accounts.changePassword('Anna', PASSWORD, 'purple monkey'),
    ]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(lost[0]?.reason).toEqual(code('RK_ACCOUNT_CHANGED'));
    const [won, other2] =
      results[0].status === 'fulfilled' ? [NEXT, 'purple monkey'] : ['purple monkey', NEXT];
    await one.accounts.unlock('Anna', won);
    await expect(one.accounts.unlock('Anna', other2)).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
  });

  it('is not lost by an attempt that is counted meanwhile, nor is that', async () => {
    const { accounts, disk, storage } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    const { password } = { ...(await stored(disk, 'Anna')) };
    let conflicts = 0;
    storage.beforeChange = async (_id, value) => {
      if (value?.['password'] === password || conflicts > 0) return;
      conflicts += 1;
      await tamper(disk, 'Anna', { failures: 3 });
    };
    await accounts.changePassword('Anna', PASSWORD, NEXT);
    expect(conflicts).toBe(1);
    expect(await stored(disk, 'Anna')).toMatchObject({ failures: 3 });
    await accounts.unlock('Anna', NEXT);
  });
});

describe('remove', () => {
  it('deletes the account with its known peers, its visits and its session', async () => {
    const { accounts, disk, folder, logger } = await createMachine();
    const { identity } = await accounts.create('Anna', PASSWORD);
    const eve = await accounts.create('Eve', PASSWORD);
    const [hers, theirs] = [identity, eve.identity].map(
      ({ publicKey }) => new KnownPeers(folder, publicKey),
    );
    await hers?.remember(bob);
    await theirs?.remember(bob);
    const visits = new VisitedRooms({ configFolder: folder, logger });
    const parameters = createRoomParameters(bob.identity, 0);
    const lab = { id: toHex(roomId(parameters)), parameters, name: 'Lab', ownerName: 'Bob' };
    await visits.remember(identity.publicKey, lab, 1_000);
    await visits.remember(eve.identity.publicKey, lab, 1_000);
    await accounts.signIn('Anna', PASSWORD);

    await expect(accounts.remove('Anna', 'wrong horse')).rejects.toThrow(
      code('RK_ACCOUNT_REFUSED'),
    );
    expect(await accounts.current()).toMatchObject({ name: 'Anna' });
    expect(await hers?.list()).toHaveLength(1);

    expect((await accounts.remove('anna', PASSWORD)).identity.publicKey).toEqual(
      identity.publicKey,
    );
    expect(await stored(disk, 'Anna')).toBeUndefined();
    expect(await new SignInFile(folder, logger).read()).toBeUndefined();
    expect(await hers?.list()).toEqual([]);
    expect(await theirs?.list()).toHaveLength(1);
    expect([...(await visits.list(identity.publicKey)).keys()]).toEqual([]);
    expect([...(await visits.list(eve.identity.publicKey)).keys()]).toEqual([lab.id]);
    await accounts.create('Anna', PASSWORD);
  });

  it('leaves a different account signed in', async () => {
    const { accounts } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    await accounts.create('Eve', PASSWORD);
    await accounts.signIn('Eve', PASSWORD);
    await accounts.remove('Anna', PASSWORD);
    expect(await accounts.current()).toMatchObject({ name: 'Eve' });
  });

  it('and created again, it is refused as changed on a machine that is still signed in, and then works', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    await one.accounts.create('Anna', PASSWORD);
    await one.accounts.signIn('Anna', PASSWORD);
    await other.accounts.remove('Anna', PASSWORD);
    const recreated = await other.accounts.create('Anna', NEXT);
    const error: unknown = await one.accounts.current().catch((thrown: unknown) => thrown);
    expect(error).toEqual(code('RK_ACCOUNT_REPLACED'));
    expect(String(error)).toContain('roomkey account login --new-identity "');
    expect(String(error)).not.toMatch(/remove it|restore it/);
    await expect(one.accounts.signIn('Anna', NEXT)).rejects.toThrow(code('RK_ACCOUNT_REPLACED'));
    await one.accounts.signIn('Anna', NEXT, { isNewIdentity: true });
    expect((await one.accounts.current())?.identity.publicKey).toEqual(
      recreated.identity.publicKey,
    );
  });

  it('can be done again where the store fails, by who is still signed in', async () => {
    const { accounts, storage } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    storage.beforeChange = (_id, value) => {
      if (value === undefined) throw new RoomkeyError('RK_STORAGE_IO', 'The server went away.');
    };
    await expect(accounts.remove('Anna', PASSWORD)).rejects.toThrow(code('RK_STORAGE_IO'));
    expect(await accounts.require()).toMatchObject({ name: 'Anna' });
    storage.beforeChange = () => undefined;
    await accounts.remove('Anna', PASSWORD);
    expect(await accounts.current()).toBeUndefined();
  });

  it('deletes nothing where what this machine keeps of it cannot be removed', async () => {
    const { accounts, folder } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    // In the place of the session, which also stops root.
    await mkdir(`${folder}/session.json`);
    await expect(accounts.remove('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
    await accounts.unlock('Anna', PASSWORD);
  });

  it('is done, and says what is left, where that cannot be removed afterwards', async () => {
    const { accounts, disk, folder, storage, logger } = await createMachine();
    const { identity } = await accounts.create('Anna', PASSWORD);
    const met = new KnownPeers(folder, identity.publicKey);
    await met.remember(bob);
    await accounts.signIn('Anna', PASSWORD);
    storage.beforeChange = async (_id, value) => {
      if (value !== undefined) return;
      await rm(`${folder}/session.json`);
      await mkdir(`${folder}/session.json/in-its-place`, { recursive: true });
    };
    await accounts.remove('Anna', PASSWORD);
    expect(await stored(disk, 'Anna')).toBeUndefined();
    expect(await met.list()).toEqual([]);
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringMatching(/^The account Anna is deleted, and something of it is left in /),
      expect.objectContaining({ code: 'RK_STORAGE_IO' }),
    );
  });

  it('does not delete an account whose password was changed meanwhile', async () => {
    const { accounts, disk, storage } = await createMachine();
    const other = await createMachine(disk);
    await accounts.create('Anna', PASSWORD);
    let isChanged = false;
    storage.beforeChange = async (_id, value) => {
      if (value !== undefined || isChanged) return;
      isChanged = true;
      await other.accounts.changePassword('Anna', PASSWORD, NEXT);
    };
    await expect(accounts.remove('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_CHANGED'));
    await accounts.unlock('Anna', NEXT);
  });
});

describe('an account that others change again and again', () => {
  it('is a clear error after a bounded number of attempts', async () => {
    const { accounts, disk, storage } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    let attempts = 0;
    storage.beforeChange = async () => {
      attempts += 1;
      await tamper(disk, 'Anna', {});
    };
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_CHANGED'));
    expect(attempts).toBeLessThan(100);
  });
});

describe('while the store is away', () => {
  it('nothing is hashed and its error is told, and who is signed in can sign out', async () => {
    const { accounts, folder, logger, storage } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    hashing.passwords.length = 0;
    storage.isAway = true;
    for (const attempt of [
      () => accounts.create('Eve', PASSWORD),
      () => accounts.signIn('Anna', PASSWORD),
      () => accounts.changePassword('Anna', PASSWORD, NEXT),
      () => accounts.remove('Anna', PASSWORD),
      () => accounts.current(),
    ]) {
      await expect(attempt()).rejects.toThrow(code('RK_STORAGE_IO'));
    }
    expect(hashing.passwords).toEqual([]);
    const session = new SignInFile(folder, logger);
    expect(await session.require()).toMatchObject({ name: 'Anna' });
    await accounts.signOut();
    await expect(session.require()).rejects.toThrow(code('RK_ACCOUNT_SIGNED_OUT'));
  });
});

describe('something else in the place of a file', () => {
  const makePipe = (path: string) => promisify(execFile)('mkfifo', [path]);

  it.skipIf(process.platform === 'win32')('a pipe is an error and not waited for', async () => {
    const { accounts, folder } = await createMachine();
    const { identity } = await accounts.create('Anna', PASSWORD);
    const session = `${folder}/session.json`;
    await makePipe(session);
    await expect(accounts.current()).rejects.toThrow(`${session}: it is not a file`);
    await expect(accounts.current()).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
    await accounts.signOut();
    expect(await accounts.current()).toBeUndefined();
    await makePipe(session);
    await accounts.signIn('Anna', PASSWORD);
    expect(await accounts.current()).toMatchObject({ name: 'Anna' });

    const people = new KnownPeers(folder, identity.publicKey);
    await people.remember(bob);
    await people.forget('Bob');
    const key = Buffer.from(identity.publicKey).toString('hex');
    await makePipe(`${folder}/people/${key}/${nameKey('Bob')}.json`);
    await expect(people.check(bob)).rejects.toThrow(code('RK_STORAGE_DAMAGED'));
  });

  it('a folder is an error that names it', async () => {
    const { accounts, folder } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    const session = `${folder}/session.json`;
    await mkdir(session);
    await expect(accounts.current()).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
    for (const change of [() => accounts.signOut(), () => accounts.signIn('Anna', PASSWORD)]) {
      await expect(change()).rejects.toMatchObject({
        code: 'RK_STORAGE_IO',
        message: expect.stringContaining(session) as string,
      });
    }
    await rmdir(session);
    await accounts.signIn('Anna', PASSWORD);
  });
});
