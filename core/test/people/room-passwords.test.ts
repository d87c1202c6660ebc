import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RoomPasswords } from '../../src/people/room-passwords.js';
import { toHex, utf8 } from '../../src/secure/bytes.js';
import { identityFromSeed } from '../../src/secure/identity.js';
import { sha256 } from '../../src/secure/kdf.js';

const lab = { id: 'ab'.repeat(16), name: 'Lab' };
const ada = identityFromSeed(sha256(utf8('ada')));
const old = { isNew: false };
/** As what PBKDF2 makes of a password. */
const secret = (password: string): Uint8Array => sha256(utf8(password));
const changed = expect.objectContaining({
  code: 'RK_ROOM_PASSWORD_CHANGED',
  message: expect.stringContaining('roomkey join --new-password') as string,
}) as Error;

async function machine() {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-own-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const passwords = (identity = ada): RoomPasswords => new RoomPasswords(folder, identity, logger);
  const file = join(folder, 'own-rooms', toHex(ada.publicKey), `${lab.id}.json`);
  return { folder, file, logger, passwords };
}

test('another password than last time is refused, and taken where it is meant', async () => {
  const { passwords, logger } = await machine();
  expect(await passwords().has(lab)).toBe(false);
  await passwords().verify(lab, secret('sesame'), old);
  expect(await passwords().has(lab)).toBe(true);
  await passwords().verify(lab, secret('sesame'), old);
  await expect(passwords().verify(lab, secret('sesane'), old)).rejects.toThrow(changed);
  // A refusal changes nothing.
  await passwords().verify(lab, secret('sesame'), old);

  await passwords().verify(lab, secret('another'), { isNew: true });
  await passwords().verify(lab, secret('another'), old);
  await expect(passwords().verify(lab, secret('sesame'), old)).rejects.toThrow(changed);
  expect(logger.warn).not.toHaveBeenCalled();
});

test('one byte is kept, for its owner only', async () => {
  const { file, passwords } = await machine();
  await passwords().verify(lab, secret('sesame'), old);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    check: expect.stringMatching(/^[0-9a-f]{2}$/) as string,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
});

test('who has the file alone cannot try a password: another identity keeps another value', async () => {
  const { folder, file, passwords } = await machine();
  const values = new Set<string>();
  for (let n = 0; n < 16; n += 1) {
    const identity = identityFromSeed(sha256(utf8(`person ${n}`)));
    await passwords(identity).verify(lab, secret('sesame'), old);
    const own = join(folder, 'own-rooms', toHex(identity.publicKey), `${lab.id}.json`);
    values.add(await readFile(own, 'utf8'));
  }
  expect(values.size).toBeGreaterThan(8);
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test.each([
  ['damaged', 'nonsense'],
  ['foreign', '{"check":"abcd"}'],
  ['a folder', undefined],
])('a file that is %s is a warning and blocks no call', async (_what, content) => {
  const { file, passwords, logger } = await machine();
  await mkdir(content === undefined ? file : dirname(file), { recursive: true });
  if (content !== undefined) await writeFile(file, content);
  expect(await passwords().has(lab)).toBe(false);
  await passwords().verify(lab, secret('sesame'), old);
  expect(logger.warn).toHaveBeenCalledWith(expect.stringContaining(file), expect.anything());
  if (content === undefined) return;
  await expect(passwords().verify(lab, secret('another'), old)).rejects.toThrow(changed);
});

test('a room that is forgotten is new, and so are all of an account that is', async () => {
  const { folder, passwords } = await machine();
  const attic = { id: 'cd'.repeat(16), name: 'Attic' };
  for (const room of [lab, attic]) await passwords().verify(room, secret('sesame'), old);
  await passwords().forget(lab.id);
  await passwords().forget(lab.id);
  await passwords().verify(lab, secret('another'), old);
  await expect(passwords().verify(attic, secret('another'), old)).rejects.toThrow(changed);
  await passwords().forgetAll();
  await passwords().forgetAll();
  expect(await readdir(join(folder, 'own-rooms'))).toEqual([]);
});
