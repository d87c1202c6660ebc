import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomkeyError } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import type { LegacyUser } from '../../src/people/index.js';
import { nameKey } from '../../src/people/names.js';
import type { Hashing } from './fast-scrypt.js';
import { code, createMachine, PASSWORD, stored, tamper } from './setup.js';

const hashing = vi.hoisted<Hashing>(() => ({ passwords: [], running: 0, peak: 0 }));
vi.mock('node:crypto', async (original) =>
  (await import('./fast-scrypt.js')).withFastScrypt(original, hashing),
);

const NFC = 'caf\u00e9-passwort';
const NFD = 'cafe\u0301-passwort';

/** As the original app kept it: the SHA-256 of what was typed, in UTF-8. */
const legacy = (name: string, password = PASSWORD): LegacyUser => ({
  name,
  hash: createHash('sha256').update(password).digest('hex'),
});

beforeEach(() => {
  hashing.passwords.length = 0;
  hashing.peak = 0;
});

describe('an imported account', () => {
  it('is stored as a hash over the hash, and has neither key nor identity', async () => {
    const { accounts, disk } = await createMachine();
    const user = legacy('Anna');
    expect(await accounts.import([user])).toEqual({
      imported: ['Anna'],
      existing: [],
      refused: [],
    });
    expect(hashing.passwords).toEqual([user.hash]);
    expect(await stored(disk, 'Anna')).toEqual({
      name: 'Anna',
      legacyPassword: expect.stringMatching(/^\$scrypt\$ln=17,r=8,p=1\$/) as string,
      failures: 0,
      lockedUntil: 0,
    });
    expect(JSON.stringify(await new MemoryStorage(disk).list('users'))).not.toContain(user.hash);
  });

  it('gets its identity at the first sign-in, under the password itself', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.import([legacy('Anna')]);
    hashing.passwords.length = 0;
    const first = await accounts.signIn('ANNA', PASSWORD);
    expect(first.name).toBe('Anna');
    // The old hash verifies, and only the password makes the key.
    expect(hashing.passwords).toEqual([legacy('Anna').hash, PASSWORD]);
    const record = await stored(disk, 'Anna');
    expect(Object.keys(record ?? {}).sort()).toEqual(
      ['failures', 'lockedUntil', 'name', 'password', 'publicKey', 'sealedSeed'].sort(),
    );
    expect((await accounts.current())?.identity.publicKey).toEqual(first.identity.publicKey);
    const again = await accounts.unlock('Anna', PASSWORD);
    expect(again.identity.publicKey).toEqual(first.identity.publicKey);
    await expect(accounts.unlock('Anna', legacy('Anna').hash)).rejects.toThrow(
      code('RK_ACCOUNT_REFUSED'),
    );
  });

  it('gets one identity where two machines are first at once', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    await one.accounts.import([legacy('Anna')]);
    const [here, there] = await Promise.all([
      one.accounts.signIn('Anna', PASSWORD),
      other.accounts.signIn('Anna', PASSWORD),
    ]);
    expect(here.identity.publicKey).toEqual(there.identity.publicKey);
    expect(await one.accounts.current()).toMatchObject({ name: 'Anna' });
    expect(await other.accounts.current()).toMatchObject({ name: 'Anna' });
  });

  it('does not open with the hash, and a wrong password costs what it costs for others', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.import([legacy('Anna')]);
    await accounts.create('Bob', PASSWORD);
    for (const [wrong, work] of [
      [legacy('Anna').hash, 1],
      ['wrong horse', 1],
      // Tried as it was typed and in NFC, whatever the account is.
      ['cafe\u0301', 2],
    ] as const) {
      for (const name of ['Anna', 'Bob', 'Zoe']) {
        hashing.passwords.length = 0;
        await expect(accounts.unlock(name, wrong)).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
        expect(hashing.passwords).toHaveLength(work);
      }
    }
    expect(await stored(disk, 'Anna')).toMatchObject({ failures: 3 });
    await tamper(disk, 'Anna', { lockedUntil: Date.now() + 60_000 });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_THROTTLED'));
  });

  it.each([
    ['composed, typed composed', NFC, NFC],
    ['composed, typed decomposed', NFC, NFD],
    ['decomposed, typed decomposed', NFD, NFD],
  ])('opens with a password that was %s', async (_, was, typed) => {
    const { accounts } = await createMachine();
    await accounts.import([legacy('Anna', was)]);
    const { identity } = await accounts.unlock('Anna', typed);
    // From then on the form does not matter.
    for (const form of [NFC, NFD]) {
      expect((await accounts.unlock('Anna', form)).identity.publicKey).toEqual(identity.publicKey);
    }
  });

  it('opens with a password that is too short now, with a warning until it is changed', async () => {
    const { accounts, logger } = await createMachine();
    await accounts.import([legacy('Anna', 'abc')]);
    await accounts.signIn('Anna', 'abc');
    expect(logger.warn).toHaveBeenLastCalledWith(expect.stringContaining('account password'), {
      code: 'RK_ACCOUNT_PASSWORD_INVALID',
    });
    await accounts.changePassword('Anna', 'abc', PASSWORD);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    await accounts.signIn('Anna', PASSWORD);
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });

  it('can be deleted before its first sign-in', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.import([legacy('Anna')]);
    await accounts.remove('Anna', PASSWORD);
    expect(await stored(disk, 'Anna')).toBeUndefined();
  });

  it('is not who was signed in by that name before', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    await one.accounts.create('Anna', PASSWORD);
    await one.accounts.signIn('Anna', PASSWORD);
    await other.accounts.remove('Anna', PASSWORD);
    await other.accounts.import([legacy('Anna')]);
    await expect(one.accounts.current()).rejects.toThrow(code('RK_ACCOUNT_REPLACED'));
  });

  it('is not hashed with parameters from a tampered store', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.import([legacy('Anna')]);
    const legacyPassword = `$scrypt$ln=31,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    await tamper(disk, 'Anna', { legacyPassword });
    hashing.passwords.length = 0;
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
    expect(hashing.passwords).toEqual([]);
  });
});

describe('an import', () => {
  it('takes those who can be taken, and says of each other why not', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.create('Bob', PASSWORD);
    const bob = await stored(disk, 'Bob');
    const progress: number[][] = [];
    const users = [
      legacy(' Anna '),
      legacy('bob'),
      legacy('ANNA', 'another'),
      legacy('x'.repeat(33)),
      legacy(`Eve\u001b[2J\u202e${'y'.repeat(200)}`),
      legacy(''),
      legacy('Carol'),
    ];
    const result = await accounts.import(users, {
      onProgress: (...numbers) => progress.push(numbers),
    });
    expect(result).toEqual({
      imported: ['Anna', 'Carol'],
      existing: ['bob'],
      refused: [
        { entry: 3, name: 'ANNA', reason: expect.stringContaining('same name') as string },
        { entry: 4, name: 'x'.repeat(33), reason: expect.stringContaining('33 bytes') as string },
        {
          entry: 5,
          name: `Eve[2J${'y'.repeat(74)}…`,
          reason: expect.stringContaining('cannot be seen') as string,
        },
        { entry: 6, name: '', reason: expect.stringContaining('needs a name') as string },
      ],
    });
    expect(JSON.stringify(result)).not.toMatch(/[0-9a-f]{16}/);
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(await stored(disk, 'Bob')).toEqual(bob);
    await accounts.unlock('Anna', PASSWORD);
  });

  it('can be done twice, and leaves who signed in meanwhile as they are', async () => {
    const { accounts, disk } = await createMachine();
    await accounts.import([legacy('Anna'), legacy('Bob')]);
    await accounts.unlock('Anna', PASSWORD);
    const before = await new MemoryStorage(disk).list('users');
    hashing.passwords.length = 0;
    expect(await accounts.import([legacy('Anna'), legacy('Bob')])).toEqual({
      imported: [],
      existing: ['Anna', 'Bob'],
      refused: [],
    });
    expect(hashing.passwords).toEqual([]);
    expect(await new MemoryStorage(disk).list('users')).toEqual(before);
  });

  it('hashes two at a time, and an abort leaves what is done', async () => {
    const { accounts, disk } = await createMachine();
    const users = Array.from({ length: 40 }, (_, index) => legacy(`user ${index}`));
    const interruption = new AbortController();
    const reason = new Error('Ctrl-C');
    let done = 0;
    const importing = accounts.import(users, {
      signal: interruption.signal,
      onProgress: (count) => {
        done = count;
        if (count === 10) interruption.abort(reason);
      },
    });
    await expect(importing).rejects.toBe(reason);
    expect(hashing.peak).toBe(2);
    expect(hashing.running).toBe(0);
    expect(done).toBeLessThan(20);
    expect(await new MemoryStorage(disk).list('users')).toHaveLength(done);
    const { imported, existing } = await accounts.import(users);
    expect([imported.length, existing.length]).toEqual([40 - done, done]);
  });

  it('stops where the store fails, with its error', async () => {
    const { accounts, disk, storage } = await createMachine();
    const insert = storage.insert.bind(storage);
    vi.spyOn(storage, 'insert')
      .mockImplementation(insert)
      .mockRejectedValueOnce(new RoomkeyError('RK_STORAGE_IO', 'The server went away.'));
    const users = Array.from({ length: 40 }, (_, index) => legacy(`user ${index}`));
    await expect(accounts.import(users)).rejects.toThrow(code('RK_STORAGE_IO'));
    expect((await new MemoryStorage(disk).list('users')).length).toBeLessThan(10);
    expect(hashing.running).toBe(0);
  });

  it('does not take the name of an account that is created meanwhile', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    const insert = one.storage.insert.bind(one.storage);
    vi.spyOn(one.storage, 'insert').mockImplementation(async (...args) => {
      await other.accounts.create('Anna', 'another horse');
      return insert(...args);
    });
    expect(await one.accounts.import([legacy('Anna')])).toMatchObject({ existing: ['Anna'] });
    await one.accounts.unlock('Anna', 'another horse');
    expect(await one.storage.get('users', nameKey('Anna'))).toBeDefined();
  });
});
