import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, hasErrno, retryWhileBusy } from '@roomkey/core';
import { ioError, lockedError } from './errors.js';
import { createOwner, hasExited, parseOwner, type Owner } from './process-owner.js';

/** How long a living owner is waited for. */
const ACQUIRE_TIMEOUT_MS = 15_000;
const OWNER_FILE = /^\.[0-9a-f]{16}\.owner$/;

/**
 * Locks in a folder that processes share: a lock is a file that is there.
 *
 * It is a second name (link) of a file that says who its owner is, so it appears at once, whole, and
 * once only. When the owner died, exactly one of those who wait takes the file away: the right to do
 * so is itself such a lock, named by the dead owner, whose name never comes back. So nobody ever
 * removes a lock that a living process took meanwhile.
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
   * Takes the lock of a collection, by its file's name without `.json`, waiting for it if need be;
   * then nothing of a dead process is lying about there. Not to be called again for the same
   * collection before it was given back.
   *
   * @returns gives it back
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

  /** Takes the file with the owner's name away; no lock may be held or waited for. */
  async close(): Promise<void> {
    if (this.#owner === undefined || !this.#ownerWritten) return;
    const path = this.#ownerPath(await this.#owner);
    try {
      await remove(path);
    } catch (error) {
      throw ioError(path, error);
    }
  }

  /** @returns whether it was taken from somebody who died */
  async #acquire(path: string, deadline: number): Promise<boolean> {
    let wasStale = false;
    let before: string | undefined;
    while (!(await this.#link(path))) {
      const text = await readIfExists(path);
      if (text === undefined) continue;
      // One who has it only now is not asked after: most give it back within milliseconds.
      const owner = text === before ? parseOwner(text) : undefined;
      before = text;
      if (owner !== undefined && owner.token === (await this.#owner)?.token) {
        // It could not be given back the last time, as on a disk that was read-only for a while.
        return wasStale;
      } else if (owner !== undefined && (await hasExited(owner))) {
        await this.#breakStale(path, owner, deadline);
        wasStale = true;
      } else if (Date.now() > deadline) {
        throw lockedError(path, parseOwner(text)?.pid);
      } else {
        // At random, so that those who wait do not come in step.
        await sleep(1 + Math.random() * 14);
      }
    }
    return wasStale;
  }

  /** Removes the lock of a dead owner, if it still is theirs. */
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
      // A lock must not outlive a power cut without saying whose it was.
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * Removes what dead processes left: half-written files, which only the holder of this lock could
   * be writing now, and the files of owners who died.
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

/** Whether the file names an owner who died. One that is just being written says nothing yet. */
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
