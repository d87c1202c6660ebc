import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ended, workplace } from './support.js';

// scrypt is slow by design.
vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = 'correct horse';
const NEXT = 'battery staple';
const environment = { ROOMKEY_PASSWORD: PASSWORD };
const error = (code: string) => ({
  error: { code, message: expect.any(String) as string },
});
const sha256 = (password: string) => createHash('sha256').update(password).digest('hex');

/** A folder with the account Anna, signed in. */
async function withAnna() {
  const place = await workplace();
  const json = async (args: readonly string[], options?: Parameters<typeof place.run>[1]) => {
    const { code, stdout, stderr } = await place.run([...args, '--json'], options);
    return { code, stderr, document: JSON.parse(stdout) as Record<string, unknown> };
  };
  const { document } = await json(['account', 'create', 'Anna'], { environment });
  return { ...place, json, account: document };
}

describe('account password', () => {
  test('changes the password, from the environment or from two lines', async () => {
    const { run, json, account } = await withAnna();
    const both = { ROOMKEY_PASSWORD: PASSWORD, ROOMKEY_NEW_PASSWORD: NEXT };
    const changed = await json(['account', 'password'], { environment: both });
    expect(changed).toMatchObject({ code: 0, document: account });
    const refused = await json(['account', 'password'], { environment: both });
    expect(refused.code).toBe(4);
    expect(refused.document).toMatchObject(error('RK_ACCOUNT_REFUSED'));

    const stdin = ['account', 'password', '--password-stdin'];
    // As PowerShell pipes it on Windows.
    const input = Buffer.from(`\ufeff${NEXT}\r\n${PASSWORD}\r\n`, 'utf16le');
    const back = await run(stdin, { input });
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toContain('Changed the password of Anna');
    expect(await json(['account', 'whoami'])).toMatchObject({
      document: { ...account, checked: true },
    });
    const login = await run(['account', 'login', 'Anna'], { environment });
    expect(login.code).toBe(0);
  });

  test('refuses invalid input before it tries anything', async () => {
    const { run, json } = await withAnna();
    const stdin = ['account', 'password', '--password-stdin'];
    for (const input of [`${PASSWORD}\n`, `${PASSWORD}\n${NEXT}\n${NEXT}\n`]) {
      const { code, stderr } = await run(stdin, { input });
      expect(code).toBe(2);
      expect(stderr).toContain('two lines');
    }
    const missing = await run(['account', 'password'], { environment });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('Set ROOMKEY_NEW_PASSWORD, or use --password-stdin.');
    const short = await json(stdin, { input: 'wrong horse\nshort\n' });
    expect(short.code).toBe(2);
    expect(short.document).toMatchObject(error('RK_ACCOUNT_PASSWORD_INVALID'));
    await run(['account', 'logout']);
    const signedOut = await json(stdin, { input: `${PASSWORD}\n${NEXT}\n` });
    expect(signedOut.code).toBe(4);
    expect(signedOut.document).toMatchObject(error('RK_ACCOUNT_SIGNED_OUT'));
  });
});

describe('account delete', () => {
  test('deletes the account and its own rooms, after the password', async () => {
    const { run, json, folder } = await withAnna();
    await run(['room', 'create', 'Lab']);
    await run(['account', 'create', 'Eve'], { environment });
    await run(['room', 'create', 'Den']);
    await run(['account', 'login', 'Anna'], { environment });

    const wrong = await json(['account', 'delete', '--password-stdin'], { input: 'wrong horse' });
    expect(wrong.code).toBe(4);
    expect(wrong.document).toMatchObject(error('RK_ACCOUNT_REFUSED'));
    const rooms = async () => (await json(['room', 'list'])).document['rooms'];
    expect(await rooms()).toHaveLength(2);

    const deleted = await json(['account', 'delete'], { environment });
    expect(deleted.stderr).toContain('This deletes the account Anna for good');
    expect(deleted).toMatchObject({
      code: 0,
      document: { name: 'Anna', rooms: [{ name: 'Lab' }] },
    });
    expect(await rooms()).toMatchObject([{ name: 'Den' }]);
    expect(await readdir(join(folder, 'home/config'))).not.toContain('session.json');
    expect((await json(['account', 'delete'], { environment })).document).toMatchObject(
      error('RK_ACCOUNT_SIGNED_OUT'),
    );

    const named = await run(['account', 'delete', 'eve'], { environment });
    expect(named).toMatchObject({
      code: 0,
      stdout: 'Deleted the account Eve and its rooms “Den”.\n',
    });
    expect(await rooms()).toEqual([]);
  });
});

describe('account import', () => {
  test('imports users, who sign in with their current password', async () => {
    const { json, run, folder } = await withAnna();
    const file = join(folder, 'users.json');
    const bob = sha256('rob');
    await writeFile(
      file,
      JSON.stringify([
        { username: 'Bob', password: bob },
        { username: 'anna', password: bob },
        { username: 'Eve\u001b[2J\u009b31m', password: bob },
      ]),
    );
    const imported = await run(['account', 'import', 'users.json']);
    expect(imported.code).toBe(2);
    expect(imported.stdout).toContain('Imported: 1.');
    expect(imported.stdout).toContain('Already here and unchanged: 1: anna.');
    expect(imported.stdout).toContain('entry 3, "Eve[2J31m": The account name');
    expect(imported.stderr).toContain('Imported 2 of 2.');
    expect(imported.stdout + imported.stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    const again = await json(['account', 'import', 'users.json']);
    expect(again).toMatchObject({
      code: 2,
      document: { imported: [], existing: ['Bob', 'anna'], refused: [{ entry: 3 }] },
    });
    for (const name of await readdir(join(folder, 'home/data'), { recursive: true })) {
      if (name.endsWith('.json')) {
        expect(await readFile(join(folder, 'home/data', name), 'utf8')).not.toContain(bob);
      }
    }
    const login = await json(['account', 'login', 'bob', '--password-stdin'], { input: 'rob\n' });
    expect(login).toMatchObject({ code: 0, document: { name: 'Bob' } });
    expect(login.stderr).toContain('roomkey account password');
  });

  test('names the invalid place in a file, or the missing file', async () => {
    const { folder, run } = await workplace();
    const none = await run(['account', 'import', 'none.json', '--json']);
    expect(none.code).toBe(5);
    expect(JSON.parse(none.stdout)).toMatchObject(error('RK_IMPORT_NOT_FOUND'));
    await writeFile(join(folder, 'users.json'), '{\n  "Bob": 1\n}');
    const bad = await run(['account', 'import', 'users.json', '--json']);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.stdout)).toMatchObject(error('RK_IMPORT_INVALID'));
    expect(bad.stderr).toContain('error: users.json: Bob must be');
  });

  test('ends at Ctrl-C and keeps the accounts imported so far', async () => {
    const { folder, start, run } = await workplace();
    const users = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`user ${index}`, sha256(`password ${index}`)]),
    );
    await writeFile(join(folder, 'users.json'), JSON.stringify(users));
    const child = start(['account', 'import', 'users.json', '--json']);
    const end = ended(child);
    child.stderr?.on('data', (text: string) => {
      if (text.includes('2 of 20')) child.kill('SIGINT');
    });
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject(error('interrupted'));
    const login = ['account', 'login', 'user 0', '--password-stdin'];
    expect((await run(login, { input: 'password 0' })).code).toBe(0);
    const late = ['account', 'login', 'user 19', '--password-stdin'];
    expect((await run(late, { input: 'password 19' })).code).toBe(4);
  });
});

describe('without the store', () => {
  test('whoami prints the account unchecked, and logout works', async () => {
    const { folder, run, json, account } = await withAnna();
    // The store cannot be read: folders are in the place of its files.
    const data = join(folder, 'home/data');
    for (const name of await readdir(data, { recursive: true })) {
      if (!name.endsWith('users.json')) continue;
      await rm(join(data, name));
      await mkdir(join(data, name));
    }
    const away = await json(['account', 'login', 'Anna'], { environment });
    expect(away.code).toBe(1);
    expect(away.document).toMatchObject(error('RK_STORAGE_IO'));
    const whoami = await json(['account', 'whoami']);
    expect(whoami).toMatchObject({ code: 0, document: { ...account, checked: false } });
    expect(whoami.stderr).toMatch(/^warning: .+ can’t check whether the account still exists\.\n$/);

    await writeFile(join(folder, 'roomkey.config.json'), 'not JSON');
    expect(await run(['account', 'logout'])).toEqual({
      code: 0,
      stdout: 'Signed out.\n',
      stderr: '',
    });
    await writeFile(join(folder, 'roomkey.config.json'), '{"version":1}');
    const signedOut = await json(['account', 'whoami']);
    expect(signedOut.code).toBe(4);
    expect(signedOut.document).toMatchObject(error('RK_ACCOUNT_SIGNED_OUT'));
  });
});
