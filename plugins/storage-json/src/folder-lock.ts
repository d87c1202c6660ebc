import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, hasErrno, retryWhileBusy } from '@roomkey/core';
import { ioError, lockedError } from './errors.js';
import { createOwner, hasExited, parseOwner, type Owner } from './process-owner.js';

/** How long to wait for a running owner. */
const ACQUIRE_TIMEOUT_MS = 15_000;
const OWNER_FILE = /^\.[0-9a-f]{16}\.owner$/;

/**
 * Locks in a folder that processes share: a lock is a file that is there.
 *
 * It is a hard link to a file that names its owner, so it appears atomically, complete, and only once.
 * If the owner has exited, exactly one waiter removes the file: the right to do so is itself such a
 * lock, named after that owner, whose token is never reused. So no waiter removes a lock that a
 * running process took meanwhile.
 */
export class FolderLock {
  readonly #folder: string;
  #owner: Promise<Owner> | undefined;
  #ownerWritten = false;
  readonly #cleaned = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Acquires the lock of a collection, named like its file without `.json`, waiting up to 15 s, and
   * removes stale files. Not reentrant.
   *
   * @returns releases it
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  async acquire(collection: string): Promise<() => Promise<void>> {
    const path = join(this.#folder, `${collection}.lock`);
    try {
      if (await this.#acquire(path, Date.now() + ACQUIRE_TIMEOUT_MS))
        this.#cleaned.delete(collection);
      if (!this.#cleaned.has(collection)) await this.#removeStaleFiles(collection);
      this.#cleaned.add(collection);
    } catch (error) {
      throw hasCode(error, 'RK_STORAGE_IO') ? error : ioError(path, error);
    }
    return () => remove(path);
  }

  /** Removes the owner's file; no lock may be held or awaited. */
  async close(): Promise<void> {
    if (this.#owner === undefined || !this.#ownerWritten) return;
    const path = this.#ownerPath(await this.#owner);
    try {
      await remove(path);
    } catch (error) {
      throw ioError(path, error);
    }
  }

  /** @returns whether the previous owner had exited without releasing it */
  async #acquire(path: string, deadline: number): Promise<boolean> {
    let wasStale = false;
    let before: string | undefined;
    while (!(await this.#link(path))) {
      const text = await readIfExists(path);
      if (text === undefined) continue;
      // Do not check a new owner yet: most release within milliseconds.
      const owner = text === before ? parseOwner(text) : undefined;
      before = text;
      if (owner !== undefined && owner.token === (await this.#owner)?.token) {
        // Our last release failed, as on a disk that was read-only for a while.
        return wasStale;
      } else if (owner !== undefined && (await hasExited(owner))) {
        await this.#breakStale(path, owner, deadline);
        wasStale = true;
      } else if (Date.now() > deadline) {
        throw lockedError(path, parseOwner(text)?.pid);
      } else {
        // Random, so that waiters do not synchronize.
        await sleep(1 + Math.random() * 14);
      }
    }
    return wasStale;
  }

  /** Removes the lock of an owner that has exited, if it still owns it. */
  async #breakStale(path: string, dead: Owner, deadline: number): Promise<void> {
    const right = `${path}.${dead.token}`;
    await this.#acquire(right, deadline);
    const text = await readIfExists(path);
    if (text !== undefined && parseOwner(text)?.token === dead.token) {
      await remove(path);
    }
    await remove(right);
  }

  /** @returns whether the lock is ours now */
  async #link(path: string): Promise<boolean> {
    this.#owner ??= createOwner();
    const owner = await this.#owner;
    try {
      await retryWhileBusy(() => link(this.#ownerPath(owner), path));
      return true;
    } catch (error) {
      if (hasErrno(error, 'EEXIST')) return false;
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
    await this.#writeOwner(owner);
    return false;
  }

  async #writeOwner(owner: Owner): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = await retryWhileBusy(() => open(this.#ownerPath(owner), 'w', 0o600));
    this.#ownerWritten = true;
    try {
      await file.writeFile(`${JSON.stringify(owner)}\n`);
      // After a power cut, a lock must still name its owner.
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * Removes files of processes that have exited: half-written files, since only the holder of this
   * lock could be writing them now, and owner files.
   */
  async #removeStaleFiles(collection: string): Promise<void> {
    const entries = await readdir(this.#folder);
    const rights = `${collection}.lock.`;
    for (const entry of entries) {
      const path = join(this.#folder, entry);
      const dead = OWNER_FILE.test(entry) || entry.startsWith(rights) ? await isStale(path) : false;
      if (dead || isHalfWritten(collection, entry)) await remove(path);
    }
  }

  #ownerPath(owner: Owner): string {
    return join(this.#folder, `.${owner.token}.owner`);
  }
}

/** Whether the owner in the file has exited. A file that is still being written is not stale. */
async function isStale(path: string): Promise<boolean> {
  const owner = parseOwner((await readIfExists(path)) ?? '');
  return owner !== undefined && hasExited(owner);
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await retryWhileBusy(() => readFile(path, 'utf8'));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether a file is what `writeFileAtomically` writes before it gives it the collection's name. */
function isHalfWritten(collection: string, entry: string): boolean {
  return (
    entry.startsWith(`${collection}.`) &&
    /^(?:\.json)?\.\d+\.[0-9a-f]+\.tmp$/.test(entry.slice(collection.length))
  );
}

function remove(path: string): Promise<void> {
  return retryWhileBusy(() => rm(path, { force: true }));
}
