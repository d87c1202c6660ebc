import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeBusy } from '../../../test/support/busy-files.js';
import {
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from '../../src/people/private-files.js';
import { loadDirectoryKey } from '../../src/rooms/directory-key.js';
import { writeFileAtomically } from '../../src/util/atomic-file.js';

const nothing = (): void => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-atomic-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

describe('a file that another program has open for a moment', () => {
  it.each(['EPERM', 'EBUSY', 'EACCES'])('is replaced after a retry on %s', async (code) => {
    const path = join(folder, 'a.json');
    await writeFile(path, 'old');
    const failures = makeBusy('rename', (to) => to === path, { code });
    await writeFileAtomically(path, 'new');
    expect(failures()).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('stays unchanged if it is not released, and no temporary file is left', async () => {
    const path = join(folder, 'a.json');
    await writeFile(path, 'old');
    makeBusy('rename', (to) => to === path, { times: Infinity });
    const writing = writePrivateFile(path, {});
    await expect(writing).rejects.toThrow('Close other programs that may have it open');
    await expect(writing).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('is read and removed after a retry', async () => {
    const path = join(folder, 'a.json');
    await writeFile(path, 'old');
    const reads = makeBusy('open', (file) => file === path, { code: 'EBUSY' });
    expect(await readPrivateFile(path)).toBe('old');
    const removals = makeBusy('rm', (file) => file === path);
    await removePrivateFile(path);
    expect([reads(), removals()]).toEqual([2, 2]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a symbolic link', () => {
  let shared = '';
  beforeEach(async () => {
    shared = join(folder, 'shared');
    await mkdir(shared, { mode: 0o700 });
  });

  it('stays, and its target is replaced in the target’s folder', async () => {
    await writeFile(join(shared, 'b.json'), 'old');
    await symlink('shared/b.json', join(folder, 'a.json'));
    const renames: string[] = [];
    makeBusy('rename', (to) => renames.push(to) === 0);
    await writeFileAtomically(join(folder, 'a.json'), 'new');
    expect((await lstat(join(folder, 'a.json'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(shared, 'b.json'), 'utf8')).toBe('new');
    expect(renames).toEqual([join(shared, 'b.json')]);
    expect(await readdir(shared)).toEqual(['b.json']);
  });

  it('to a link, through a linked folder, is followed to the end', async () => {
    await symlink('shared', join(folder, 'way'));
    await symlink('../shared/c.json', join(shared, 'b.json'));
    await symlink('way/b.json', join(folder, 'a.json'));
    await writeFileAtomically(join(folder, 'a.json'), 'new');
    expect(await readFile(join(shared, 'c.json'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.json', 'shared', 'way']);
  });

  it('to a missing file creates that file, also for a key', async () => {
    await symlink('shared/directory.key', join(folder, 'directory.key'));
    const key = await loadDirectoryKey(folder, logger);
    expect(await readdir(shared)).toEqual(['directory.key']);
    expect(await loadDirectoryKey(folder, logger)).toEqual(key);
  });

  it('into a missing folder, or in a circle, is an error', async () => {
    await symlink('nowhere/b.json', join(folder, 'a.json'));
    await symlink('d.json', join(folder, 'c.json'));
    await symlink('c.json', join(folder, 'd.json'));
    await expect(writeFileAtomically(join(folder, 'a.json'), '')).rejects.toThrow('nowhere');
    await expect(readPrivateFile(join(folder, 'a.json'))).rejects.toThrow('which does not exist');
    await expect(writeFileAtomically(join(folder, 'c.json'), '')).rejects.toThrow('ELOOP');
    expect(await readdir(folder)).toEqual(['a.json', 'c.json', 'd.json', 'shared']);
  });

  it('into a folder that others can write to is not followed', async (test) => {
    test.skip(process.platform === 'win32', 'no such bits');
    await writeFile(join(shared, 'b.json'), 'theirs');
    await symlink('shared/b.json', join(folder, 'a.json'));
    await chmod(shared, 0o777);
    await expect(writeFileAtomically(join(folder, 'a.json'), '')).rejects.toThrow('other users');
    await expect(readPrivateFile(join(folder, 'a.json'))).rejects.toThrow('other users');
    expect(await readFile(join(shared, 'b.json'), 'utf8')).toBe('theirs');
  });
});
