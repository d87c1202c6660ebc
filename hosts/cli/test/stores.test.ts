import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { workplace } from './support.js';

vi.setConfig({ testTimeout: 120_000 });

const JSON_PLUGIN = join(import.meta.dirname, '../../../plugins/storage-json/dist/index.js');
const PASSWORD = { ROOMKEY_PASSWORD: 'correct horse' };

describe('directory', () => {
  test('an invite adds another computer to the directory', async () => {
    const [anna, bert] = [await workplace(), await workplace()];
    const invited = await anna.run(['directory', 'invite']);
    expect(invited.code).toBe(0);
    // Only the words, so that they can be piped.
    expect(invited.stdout.trim().split(' ')).toHaveLength(24);

    const accept = ['directory', 'accept', '--invite-stdin', '--json'];
    const accepted = await bert.run(accept, { input: invited.stdout });
    expect(accepted.code).toBe(0);
    const { directory } = JSON.parse(
      (await anna.run(['directory', 'invite', '--json'])).stdout,
    ) as {
      directory: string;
    };
    expect(JSON.parse(accepted.stdout)).toMatchObject({ changed: true, directory });
    const again = await bert.run(['directory', 'accept', '--json'], {
      environment: { ROOMKEY_INVITE: invited.stdout },
    });
    expect(JSON.parse(again.stdout)).toEqual({ changed: false, directory });
  });

  test('an invalid invite is refused and changes nothing', async () => {
    const { folder, run } = await workplace();
    await run(['directory', 'invite']);
    const key = () => readFile(join(folder, 'home/config/directory.key'), 'utf8');
    const before = await key();
    const refused = await run(['directory', 'accept', '--invite-stdin'], { input: 'a few words' });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('it has 3 words');
    const missing = await run(['directory', 'accept']);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('--invite-stdin');
    expect(await key()).toBe(before);
  });
});

describe('storage copy', () => {
  /** Two stores of JSON files: the default one, and one of the configuration. */
  async function twoStores() {
    const place = await workplace();
    const other = { use: './other.mjs', config: { folder: './other' } };
    const services = (storage: unknown) => JSON.stringify({ version: 1, services: { storage } });
    await writeFile(
      join(place.folder, 'other.mjs'),
      `export { default } from ${JSON.stringify(JSON_PLUGIN)};`,
    );
    const config = join(place.folder, 'roomkey.config.json');
    await writeFile(config, services({ firstOf: ['@roomkey/storage-json', other] }));
    return { ...place, useOther: () => writeFile(config, services(other)) };
  }

  test('copies accounts and rooms, again without changes, and back', async () => {
    const { run, useOther } = await twoStores();
    await run(['account', 'create', 'Anna'], { environment: PASSWORD });
    await run(['room', 'create', 'Lab']);
    const copy = (from: string, to: string) =>
      run(['storage', 'copy', '--from', from, '--to', to, '--json']);
    const counts = (copied: number, unchanged: number) => ({
      collections: ['users', 'rooms'].map((collection) => ({
        collection,
        total: 1,
        copied,
        unchanged,
        different: [],
        damaged: [],
      })),
    });
    for (const [from, to, copied] of [
      ['json', './other.mjs', 1],
      ['json', './other.mjs', 0],
      ['./other.mjs', 'json', 0],
    ] as const) {
      const result = await copy(from, to);
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toEqual(counts(copied, 1 - copied));
    }
    await useOther();
    expect((await run(['account', 'whoami'])).stdout).toContain('Anna');
    expect((await run(['room', 'list'])).stdout).toContain('Lab');
    expect((await run(['account', 'login', 'Anna'], { environment: PASSWORD })).code).toBe(0);
  });

  test('leaves documents that differ, and says so', async () => {
    const { run, useOther } = await twoStores();
    await run(['account', 'create', 'Anna'], { environment: PASSWORD });
    const args = ['storage', 'copy', '--from', 'json', '--to', './other.mjs'];
    expect((await run(args)).code).toBe(0);
    await useOther();
    await run(['account', 'delete', 'Anna'], { environment: PASSWORD });
    await run(['account', 'create', 'Anna'], { environment: PASSWORD });
    const result = await run(['storage', 'copy', '--from', './other.mjs', '--to', 'json']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(
      'Not copied, because json has a different version: 1 of users.',
    );
    expect(result.stdout).toContain('1 not copied');
  });

  test.each([
    [['--from', 'json', '--to', 'json'], 2, 'the same store'],
    [['--from', 'json', '--to', 'sqlite'], 2, 'mongo, json'],
    [['--from', 'json'], 2, '--to'],
    [['--from', 'json', '--to', 'mongo'], 3, 'MONGO_URI'],
  ])('%j is refused with %i', async (args, code, expected) => {
    const { run } = await workplace();
    const result = await run(['storage', 'copy', ...args]);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(expected);
  });
});
