import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { describe, expect, it, vi } from 'vitest';
import { importedAccount, revertAccount } from './support/imported-account.js';
import { TestDatabase } from './support/mongo.js';
import { describeWith } from './support/optional.js';
import { Shell } from './support/shell.js';

// scrypt is slow by design.
vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = 'correct horse';
const LOGIN = ['account', 'login', 'Anna'] as const;

/**
 * Anna signs in, an attacker who knows the old SHA-256 of her password replaces her account by an
 * imported one, and she signs in again.
 */
async function attack(anna: Shell, revert: () => Promise<void>): Promise<void> {
  const before = await anna.json('account', 'create', 'Anna');
  await anna.json('account', 'logout');
  await revert();

  const refused = await anna.run(...LOGIN, '--json');
  expect(refused.code).toBe(4);
  const { error } = JSON.parse(refused.stdout.toString()) as { error: Record<string, string> };
  expect(error['code']).toBe('RK_ACCOUNT_REPLACED');
  for (const said of [`Before: ${String(before['fingerprint'])}.`, 'login --new-identity "']) {
    expect(error['message']).toContain(said);
    expect(refused.stderr).toContain(said);
  }
  expect((await anna.run('account', 'whoami')).code).toBe(4);

  const renewed = await anna.json(...LOGIN, '--new-identity');
  expect(renewed['fingerprint']).not.toBe(before['fingerprint']);
  expect(await anna.json('account', 'whoami')).toEqual({ ...renewed, checked: true });
  expect(await anna.json(...LOGIN)).toEqual(renewed);
}

describe('an account that was replaced by an imported one', () => {
  it('is refused without --new-identity, with JSON files', async () => {
    const anna = await Shell.open({ ROOMKEY_PASSWORD: PASSWORD });
    await attack(anna, () => revertAccount(join(anna.home, 'data'), 'Anna', PASSWORD));
  });

  describeWith('mongo', 'in a database', () => {
    const database = new TestDatabase();

    it('is refused without --new-identity, and JSON files as the fallback have their own account', async () => {
      const away = await Shell.open({ ROOMKEY_PASSWORD: PASSWORD });
      const uri = new URL(database.name, database.uri).href;
      const anna = away.with({ MONGO_URI: uri });
      await attack(anna, async () => {
        const client = new MongoClient(uri);
        try {
          const value = JSON.stringify(importedAccount('Anna', PASSWORD));
          const { modifiedCount } = await client
            .db()
            .collection('roomkey_users')
            .updateOne({}, { $set: { value } });
          expect(modifiedCount).toBe(1);
        } finally {
          await client.close();
        }
      });

      const local = await away.json('account', 'create', 'Anna');
      expect((await anna.json(...LOGIN))['fingerprint']).not.toBe(local['fingerprint']);
      expect(await away.json(...LOGIN)).toEqual(local);
    });
  });
});
