import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * A process, told apart from a later one that got the same pid.
 *
 * @typedef {{ pid: number, start: string }} Process
 */

/**
 * Makes the lock be held for as long as another process runs as well: a child that lives on when
 * its parent is killed.
 *
 * @typedef {(pid: number) => Promise<void>} Hold
 */

const POLL_MS = 100;

/**
 * Runs something while no other process on this machine runs under the same lock. A process that
 * died while it held the lock does not hold up the others: its pid is gone, or belongs to a process
 * that was started at another time.
 *
 * The lock is a folder of numbered files, and the highest number holds it. Whoever finds that one
 * given back, or its owners dead, makes the next number, which only one can. The highest file is
 * never removed, so nobody can take away a lock that changed hands while he looked.
 *
 * @template T
 * @param {string} path the lock's folder; made where it is missing
 * @param {(hold: Hold) => T | Promise<T>} run
 * @param {{ onWait?: (pid: number) => void }} [options] `onWait` is told once who is waited for
 * @returns {Promise<T>} what `run` gives
 */
export async function withLock(path, run, { onWait } = {}) {
  await mkdir(path, { recursive: true });
  const owners = [await describe(process.pid)];
  const mine = await acquire(path, owners, onWait);
  const update = () => write(path, owners, (temporary) => rename(temporary, mine));
  try {
    return await run(async (pid) => {
      owners.push(await describe(pid));
      await update();
    });
  } finally {
    owners.length = 0;
    await update();
  }
}

/**
 * @param {string} path
 * @param {readonly Process[]} owners
 * @param {((pid: number) => void) | undefined} onWait
 * @returns {Promise<string>} the file that is ours
 */
async function acquire(path, owners, onWait) {
  let told = false;
  for (;;) {
    const top = await highest(path);
    const holder = await findAlive(await readOwners(path, top));
    if (holder !== undefined) {
      if (!told) onWait?.(holder.pid);
      told = true;
      await delay(POLL_MS);
      continue;
    }
    const mine = join(path, String(top + 1));
    // A link appears with its content, and fails where the number is taken.
    const made = await write(path, owners, (temporary) => link(temporary, mine)).then(
      () => true,
      (error) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (!made) continue;
    // The number was free because it had been used and removed meanwhile: then a higher one holds.
    if ((await highest(path)) !== top + 1) {
      await rm(mine, { force: true });
      continue;
    }
    for (const number of await numbers(path)) {
      if (number <= top) await rm(join(path, String(number)), { force: true });
    }
    return mine;
  }
}

/**
 * @param {string} path
 * @returns {Promise<number[]>}
 */
async function numbers(path) {
  return (await readdir(path)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * @param {string} path
 * @returns {Promise<number>} 0 where nobody ever held it
 */
async function highest(path) {
  return Math.max(0, ...(await numbers(path)));
}

/**
 * @param {string} path
 * @param {number} number
 * @returns {Promise<Process[]>} none where it was given back
 */
async function readOwners(path, number) {
  try {
    return JSON.parse(await readFile(join(path, String(number)), 'utf8'));
  } catch (error) {
    // No file: never held, or taken over while we looked, which the next step finds out.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes the owners into a file of its own and has it put into place whole.
 *
 * @param {string} path
 * @param {readonly Process[]} owners
 * @param {(temporary: string) => Promise<void>} place
 */
async function write(path, owners, place) {
  const temporary = join(path, `${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, JSON.stringify(owners));
    await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * @param {number} pid
 * @returns {Promise<Process>}
 */
async function describe(pid) {
  return { pid, start: (await startTime(pid)) ?? '' };
}

/**
 * @param {readonly Process[]} processes
 * @returns {Promise<Process | undefined>}
 */
async function findAlive(processes) {
  for (const each of processes) {
    try {
      process.kill(each.pid, 0);
    } catch (error) {
      // EPERM: there is such a process, of another user.
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') continue;
    }
    const start = await startTime(each.pid);
    if (start === undefined || start === each.start) return each;
  }
  return undefined;
}

/**
 * @param {number} pid
 * @returns {Promise<string | undefined>} when it was started, in the system's own form; undefined
 * where that cannot be told
 */
async function startTime(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
      // proc(5): fields 3, the state, and 22; field 2, the name in brackets, can hold spaces.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? 'ended' : `${boot.trim()} ${fields[19] ?? ''}`;
    }
    if (process.platform === 'win32') return undefined;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
