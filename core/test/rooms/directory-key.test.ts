import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDirectoryKey } from '../../src/rooms/directory-key.js';
import { MemoryLogger } from './setup.js';

let folder: string;
let logger: MemoryLogger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-directory-'));
  logger = new MemoryLogger();
});
afterEach(() => rm(folder, { recursive: true }));

describe('the directory key', () => {
  test('is made on first use and stays, closed to others', async () => {
    const config = join(folder, 'a', 'b');
    const key = await loadDirectoryKey(config, logger);
    expect(key).toHaveLength(32);
    expect(await loadDirectoryKey(config, logger)).toEqual(key);
    expect(await readdir(config)).toEqual(['directory.key']);
    expect((await stat(join(config, 'directory.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(config)).mode & 0o777).toBe(0o700);
    expect(logger.lines).toEqual([]);
  });

  test('is one, however many make it at once', async () => {
    const keys = await Promise.all(
      Array.from({ length: 20 }, () => loadDirectoryKey(folder, logger)),
    );
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['directory.key']);
  });

  test('that others can read is closed to them, with a warning', async () => {
    const key = await loadDirectoryKey(folder, logger);
    const path = join(folder, 'directory.key');
    await chmod(path, 0o644);
    expect(await loadDirectoryKey(folder, logger)).toEqual(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  test.each(['', 'ab', 'g'.repeat(64), 'a'.repeat(65)])('%j is damaged and left', async (text) => {
    const path = join(folder, 'directory.key');
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadDirectoryKey(folder, logger)).rejects.toMatchObject({
      code: 'RK_STORAGE_DAMAGED',
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('that cannot be made says so', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(loadDirectoryKey(path, logger)).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
  });

  test.skipIf(process.platform === 'win32')('does not wait for a pipe in its place', async () => {
    const path = join(folder, 'directory.key');
    execFileSync('mkfifo', [path]);
    await expect(loadDirectoryKey(folder, logger)).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
  });
});
