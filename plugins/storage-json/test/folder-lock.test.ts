import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createOwner, hasExited, parseOwner, type Owner } from '../src/process-owner.js';
import { FolderLock } from '../src/folder-lock.js';
import { TestFolder } from './support.js';

const folder = new TestFolder();
const lockPath = () => join(folder.path, 'rooms.lock');
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** A process that runs until it is killed. */
async function startProcess(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)']);
  children.push(child);
  await once(child.stdout, 'data');
  return child as ChildProcess & { readonly pid: number };
}

/** The owner record of this process, with changes. */
const owner = async (changes: Partial<Owner>): Promise<Owner> => ({
  ...(await createOwner()),
  ...changes,
});
const write = (path: string, of: Owner) => writeFile(path, JSON.stringify(of));

async function killed(): Promise<Owner> {
  const child = await startProcess();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return owner({ pid: child.pid });
}

describe('an owner', () => {
  it('is alive as long as its process is', async () => {
    const mine = await createOwner();
    expect(parseOwner(JSON.stringify(mine))).toEqual(mine);
    expect(await hasExited(mine)).toBe(false);
    expect(await hasExited(await killed())).toBe(true);
  });

  it('is dead if its pid was reused by another process', async () => {
    expect(await hasExited(await owner({ started: '1' }))).toBe(true);
  });

  it('is dead after a restart of the computer, and unknown on another computer', async (test) => {
    test.skip(process.platform !== 'linux', 'only Linux has an id for each start of the system');
    expect(await hasExited(await owner({ boot: 'earlier' }))).toBe(true);
    expect(await hasExited(await owner({ boot: 'earlier', host: 'elsewhere' }))).toBe(false);
    const elsewhere = { ...(await killed()), namespace: 'pid:[1]' };
    expect(await hasExited(elsewhere)).toBe(false);
  });

  it('has exited when its process was killed and is still a zombie', async (test) => {
    test.skip(process.platform !== 'linux', 'looks at /proc');
    // The shell starts a process, prints its pid, and never waits for it.
    const script = 'sleep 1000 & echo $!; exec tail -f /dev/null';
    const shell = spawn('sh', ['-c', script]);
    children.push(shell);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
    const zombie = await owner({ pid, started });
    expect(await hasExited(zombie)).toBe(false);
    process.kill(pid, 'SIGKILL');
    while (!(await hasExited(zombie))) await sleep(1);
    expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
  });
});

describe('FolderLock', () => {
  it('is held by one at a time, and by all in turn', async () => {
    let holders = 0;
    const locks = Array.from({ length: 5 }, () => new FolderLock(folder.path));
    await Promise.all(
      locks.map(async (lock) => {
        for (let n = 0; n < 5; n += 1) {
          const release = await lock.acquire('rooms');
          holders += 1;
          expect(holders).toBe(1);
          await sleep(0);
          holders -= 1;
          await release();
        }
        await lock.close();
      }),
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('of a dead owner goes to one of many, who removes all of its files', async () => {
    const dead = await killed();
    await write(lockPath(), dead);
    await write(join(folder.path, `.${dead.token}.owner`), dead);
    await writeFile(join(folder.path, 'rooms.json.123.0a1b2c.tmp'), 'half');
    await writeFile(join(folder.path, 'users.json.123.0a1b2c.tmp'), 'another lock’s');
    let holders = 0;
    const locks = Array.from({ length: 8 }, () => new FolderLock(folder.path));
    await Promise.all(
      locks.map(async (lock) => {
        const release = await lock.acquire('rooms');
        holders += 1;
        expect(holders).toBe(1);
        await sleep(1);
        holders -= 1;
        await release();
      }),
    );
    await Promise.all(locks.map((lock) => lock.close()));
    expect(await readdir(folder.path)).toEqual(['users.json.123.0a1b2c.tmp']);
  });

  it('of a dead owner is released even if a process died while it removed the lock', async () => {
    const [first, second, third] = await Promise.all([killed(), killed(), killed()]);
    await write(lockPath(), first);
    await write(`${lockPath()}.${first.token}`, second);
    await write(`${lockPath()}.${first.token}.${second.token}`, third);
    const lock = new FolderLock(folder.path);
    const release = await lock.acquire('rooms');
    await release();
    await lock.close();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('stays with its owner if it cannot be released', async () => {
    const lock = new FolderLock(folder.path);
    await lock.acquire('rooms');
    const release = await lock.acquire('rooms');
    await release();
    await lock.close();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('of a new owner is not removed by a process that saw the previous, dead owner', async () => {
    const [dead, living] = [await killed(), await createOwner()];
    await write(lockPath(), dead);
    // Another process holds the right to remove the stale lock; the waiter waits for it.
    const right = `${lockPath()}.${dead.token}`;
    await write(right, living);
    const lock = new FolderLock(folder.path);
    let acquired = false;
    const acquiring = lock.acquire('rooms').then((release) => {
      acquired = true;
      return release;
    });
    // Long enough for the waiter to see the dead owner.
    await sleep(100);
    const file = join(folder.path, 'living');
    await write(file, living);
    await rename(file, lockPath());
    await rm(right);
    await sleep(200);
    expect(acquired).toBe(false);
    expect(parseOwner(await readFile(lockPath(), 'utf8'))).toEqual(living);
    await rm(lockPath());
    await (
      await acquiring
    )();
    await lock.close();
  });
});
