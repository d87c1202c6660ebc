import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Directory } from '../../src/rooms/directory.js';
import { MemoryLogger } from './setup.js';

let folder: string;
const open = (name: string) => Directory.open(join(folder, name), new MemoryLogger());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-directory-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('an invite brings the key to another machine', async () => {
  const [anna, bert] = [await open('anna'), await open('bert')];
  expect(bert.fingerprint).not.toBe(anna.fingerprint);
  const invite = await anna.invite();
  expect(invite.split(' ')).toHaveLength(24);

  expect(await bert.accept(invite)).toMatchObject({ changed: true });
  const later = await open('bert');
  expect(later.key).toEqual(anna.key);
  expect(later.fingerprint).toBe(anna.fingerprint);
  expect(await later.accept(invite)).toEqual({ changed: false });
});

test('the key before is kept, closed to others', async () => {
  const [anna, bert] = [await open('anna'), await open('bert')];
  const before = await readFile(join(folder, 'bert/directory.key'), 'utf8');
  const { previousKeyFile = '' } = await bert.accept(await anna.invite());
  expect(await readFile(previousKeyFile, 'utf8')).toBe(before);
  expect(previousKeyFile).toContain(bert.fingerprint);
  for (const file of await readdir(join(folder, 'bert'))) {
    expect((await stat(join(folder, 'bert', file))).mode & 0o777).toBe(0o600);
  }
});

test('an invite accepted by mistake can be undone without a restart', async () => {
  const [anna, bert] = [await open('anna'), await open('bert')];
  const own = await bert.invite();
  await bert.accept(await anna.invite());
  const back = await bert.accept(own);
  expect(back).toMatchObject({ changed: true });
  expect(back.previousKeyFile).toContain(anna.fingerprint);
  expect((await open('bert')).key).toEqual(bert.key);
});

test('an invite is read however it was typed', async () => {
  const [anna, bert] = [await open('anna'), await open('bert')];
  const words = (await anna.invite()).split(' ');
  const typed = words.map((word, index) => `${index + 1}. ${word.toUpperCase()}\r\n`).join('\t');
  expect(await bert.accept(typed)).toMatchObject({ changed: true });
});

test('what is no invite changes nothing, and is not repeated', async () => {
  const [anna, bert] = [await open('anna'), await open('bert')];
  const words = (await anna.invite()).split(' ');
  const [first = '', , ...others] = words;
  const cases = [
    ['', 'has 0 words'],
    [words.slice(1).join(' '), 'has 23 words'],
    [[...words, 'abandon'].join(' '), 'has 25 words'],
    [[first, 'roomkeyword', ...others].join(' '), 'word 2'],
  ] as const;
  for (const [text, reason] of cases) {
    const refusal = bert.accept(text);
    await expect(refusal).rejects.toMatchObject({
      code: 'RK_DIRECTORY_INVITE_INVALID',
      message: expect.stringContaining(reason) as string,
    });
    await expect(refusal).rejects.not.toThrow('roomkeyword');
  }
  expect((await open('bert')).key).toEqual(bert.key);
  expect(await readdir(join(folder, 'bert'))).toEqual(['directory.key']);
});

test('words of the list that do not check each other are no invite', async () => {
  const bert = await open('bert');
  await expect(bert.accept('abandon '.repeat(24))).rejects.toMatchObject({
    code: 'RK_DIRECTORY_INVITE_INVALID',
  });
});
