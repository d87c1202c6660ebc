import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { MemoryBackend, MemoryStorage } from '@roomkey/core/conformance';
import { fingerprint, type Accounts, type SignedIn } from '../../src/people/index.js';
import { nameKey } from '../../src/people/names.js';
import type { Hashing } from './fast-scrypt.js';
import { code, createMachine, PASSWORD, stored } from './setup.js';

const hashing = vi.hoisted<Hashing>(() => ({ passwords: [], running: 0, peak: 0 }));
vi.mock('node:crypto', async (original) =>
  (await import('./fast-scrypt.js')).withFastScrypt(original, hashing),
);

const replaced = code('RK_ACCOUNT_REPLACED');
const legacy = { name: 'Anna', hash: createHash('sha256').update(PASSWORD).digest('hex') };

/** Takes an account out of the store, as an attacker who can write to it can. */
async function take(disk: MemoryBackend, name: string): Promise<void> {
  const storage = new MemoryStorage(disk);
  const { revision } = (await storage.get('users', nameKey(name)))!;
  await storage.remove('users', nameKey(name), revision);
}

/** All for which an account is opened. */
function uses(accounts: Accounts): readonly (() => Promise<SignedIn>)[] {
  return [
    () => accounts.signIn('Anna', PASSWORD),
    () => accounts.unlock('ANNA', PASSWORD),
    () => accounts.changePassword('Anna', PASSWORD, 'another password'),
    () => accounts.remove('Anna', PASSWORD),
  ];
}

/** An account that signed in and was turned back into an imported one. */
async function attacked() {
  const one = await createMachine();
  const { identity } = await one.accounts.create('Anna', PASSWORD);
  await one.accounts.signIn('Anna', PASSWORD);
  await take(one.disk, 'Anna');
  await one.accounts.import([legacy]);
  return { ...one, before: fingerprint(identity.publicKey) };
}

describe('an account that was turned back into an imported one', () => {
  it('is not used, gets no identity, and keeps whatever was there', async () => {
    const { accounts, disk, before } = await attacked();
    const record = await stored(disk, 'Anna');
    for (const use of uses(accounts)) {
      await expect(use()).rejects.toMatchObject({
        code: 'RK_ACCOUNT_REPLACED',
        message: expect.stringMatching(
          new RegExp(
            `Before: ${before}\\. Now it has none .*account login --new-identity "(Anna|ANNA)"`,
          ),
        ) as string,
      });
      // A refusal after the right password is no guess at it.
      expect(await stored(disk, 'Anna')).toEqual(record);
    }
    // Who signed in before the change stays who they are, and is told.
    await expect(accounts.current()).rejects.toThrow(replaced);
  });

  it('is refused for a wrong password first', async () => {
    const { accounts } = await attacked();
    await expect(accounts.signIn('Anna', 'a wrong one')).rejects.toThrow(
      code('RK_ACCOUNT_REFUSED'),
    );
  });

  it('is used where the person knows of it, and is known then', async () => {
    const { accounts, before } = await attacked();
    const renewed = await accounts.signIn('Anna', PASSWORD, { isNewIdentity: true });
    expect(fingerprint(renewed.identity.publicKey)).not.toBe(before);
    await accounts.signIn('Anna', PASSWORD);
    expect((await accounts.current())?.identity.publicKey).toEqual(renewed.identity.publicKey);
  });

  it('is known by a machine that was signed out, too', async () => {
    const { accounts } = await attacked();
    await accounts.signOut();
    await expect(accounts.signIn('Anna', PASSWORD)).rejects.toThrow(replaced);
  });
});

describe('an account that was deleted', () => {
  it('on this machine and created again is accepted', async () => {
    const { accounts, folder } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    await accounts.remove('Anna', PASSWORD);
    expect(await readdir(join(folder, 'own-accounts'))).toEqual([]);
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
  });

  it('on another machine and created again is refused, and so is one of an attacker', async () => {
    const one = await createMachine();
    const other = await createMachine(one.disk);
    await one.accounts.create('Anna', PASSWORD);
    await other.accounts.signIn('Anna', PASSWORD);
    await one.accounts.remove('Anna', PASSWORD);
    const { identity } = await one.accounts.create('Anna', PASSWORD);
    await expect(other.accounts.signIn('anna', PASSWORD)).rejects.toMatchObject({
      code: 'RK_ACCOUNT_REPLACED',
      message: expect.stringContaining(`Now: ${fingerprint(identity.publicKey)}.`) as string,
    });
    await other.accounts.signIn('anna', PASSWORD, { isNewIdentity: true });
  });
});

describe('another store', () => {
  it('that stands in for the first may have another account of a name, and neither is said', async () => {
    const { accounts, withStore } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    const fallback = withStore(new MemoryBackend(), 'fallback');
    await fallback.import([legacy]);
    await fallback.signIn('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    await fallback.signIn('Anna', PASSWORD);
  });

  it('has what was copied, and what is put in its place there is said', async () => {
    const { accounts, disk, withStore } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    const copy = new MemoryBackend();
    const value = (await stored(disk, 'Anna'))!;
    await new MemoryStorage(copy).insert('users', nameKey('Anna'), value);
    const moved = withStore(copy, 'moved');
    await moved.signIn('Anna', PASSWORD);
    await take(copy, 'Anna');
    await moved.import([legacy]);
    await expect(moved.signIn('Anna', PASSWORD)).rejects.toThrow(replaced);
    await accounts.signIn('Anna', PASSWORD);
  });

  it('of the same kind is asked for once', async () => {
    const { accounts, withStore } = await createMachine();
    await accounts.create('Anna', PASSWORD);
    const other = new MemoryBackend();
    await (await createMachine(other)).accounts.create('Anna', PASSWORD);
    const there = withStore(other, 'memory');
    await expect(there.signIn('Anna', PASSWORD)).rejects.toThrow(replaced);
    await there.signIn('Anna', PASSWORD, { isNewIdentity: true });
    await accounts.signIn('Anna', PASSWORD);
    await there.signIn('Anna', PASSWORD);
  });
});

describe('what is kept', () => {
  it('is public, and for its owner only', async () => {
    const { accounts, folder } = await createMachine();
    const { identity } = await accounts.create('Anna', PASSWORD);
    const path = join(folder, 'own-accounts', `${nameKey('Anna')}.json`);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      name: 'Anna',
      identities: [{ store: 'memory', identity: Buffer.from(identity.publicKey).toString('hex') }],
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([['nonsense'], ['{"name":"Anna"}'], [undefined]])(
    'and is damaged (%s) counts as no first use',
    async (content) => {
      const { accounts, disk, folder } = await attacked();
      const path = join(folder, 'own-accounts', `${nameKey('Anna')}.json`);
      await rm(path);
      await (content === undefined ? mkdir(path) : writeFile(path, content));
      const record = await stored(disk, 'Anna');
      for (const use of uses(accounts)) {
        await expect(use()).rejects.toMatchObject({
          code: 'RK_STORAGE_DAMAGED',
          message: expect.stringMatching(
            new RegExp(`${path} can’t be read .*account login --new-identity "(Anna|ANNA)"`),
          ) as string,
        });
        expect(await stored(disk, 'Anna')).toEqual(record);
      }
      if (content !== undefined) expect(await readFile(path, 'utf8')).toBe(content);
    },
  );

  it('and is damaged is written again where the person is sure, and where they make an account', async () => {
    const { accounts, disk, folder } = await attacked();
    const path = join(folder, 'own-accounts', `${nameKey('Anna')}.json`);
    await writeFile(path, 'nonsense');
    await accounts.signIn('Anna', PASSWORD, { isNewIdentity: true });
    await accounts.signIn('Anna', PASSWORD);
    await take(disk, 'Anna');
    await writeFile(path, 'nonsense');
    const { identity } = await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    expect(await readFile(path, 'utf8')).toContain(Buffer.from(identity.publicKey).toString('hex'));
  });

  it('and is not there is a first use', async () => {
    const { accounts, folder } = await attacked();
    await rm(join(folder, 'own-accounts'), { recursive: true });
    await accounts.signIn('Anna', PASSWORD);
  });
});

it('an account with an identity of its own in the place of one is said', async () => {
  const one = await createMachine();
  await one.accounts.create('Anna', PASSWORD);
  await take(one.disk, 'Anna');
  const attacker = await createMachine(one.disk);
  await attacker.accounts.create('Anna', PASSWORD);
  await expect(one.accounts.signIn('Anna', PASSWORD)).rejects.toThrow(replaced);
});
