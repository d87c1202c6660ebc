import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * A process; its start time tells it apart from a later one with the same pid.
 *
 * @typedef {{ pid: number, start: string }} Process
 */

/**
 * Keeps the lock for as long as another process runs too: a child that survives its killed parent.
 *
 * @typedef {(pid: number) => Promise<void>} Hold
 */

const POLL_MS = 100;

/**
 * Runs a function while no other process on this machine runs one under the same lock. A process
 * that died while it held the lock does not block the others: its pid is gone, or belongs to a
 * process with another start time.
 *
 * The lock is a folder of numbered files, and the highest number holds it. If that one was given
 * back, or its owners are dead, a process creates the next number, and only one can succeed. The
 * highest file is never removed, so no process can remove a lock that changed hands while it was
 * looking.
 *
 * @template T
 * @param {string} path the lock's folder; created if missing
 * @param {(hold: Hold) => T | Promise<T>} run
 * @param {{ onWait?: (pid: number) => void }} [options] `onWait` is called once, with the process that holds the lock
 * @returns {Promise<T>} the result of `run`
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
 * @returns {Promise<string>} our file
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
    // A link appears with its content, and fails if the number is taken.
    const made = await write(path, owners, (temporary) => link(temporary, mine)).then(
      () => true,
      (error) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (!made) continue;
    // The number may have been used and removed meanwhile: then a higher one holds the lock.
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
 * @returns {Promise<number>} 0 if no process has held it yet
 */
async function highest(path) {
  return Math.max(0, ...(await numbers(path)));
}

/**
 * @param {string} path
 * @param {number} number
 * @returns {Promise<Process[]>} empty if the lock was given back
 */
async function readOwners(path, number) {
  try {
    return JSON.parse(await readFile(join(path, String(number)), 'utf8'));
  } catch (error) {
    // No file: never held, or taken over meanwhile, which the next step finds out.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes the owners into a temporary file, and moves that into place atomically.
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
 * @returns {Promise<string | undefined>} the start time in the system's own form; undefined
 * if it is unknown
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
