import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createYielder,
  followLinks,
  hasCode,
  hasErrno,
  retryWhileBusy,
  writeFileAtomically,
} from '@roomkey/core';
import type { Adapter } from 'lowdb';
import { CorruptFileError, decode, encode } from './codec.js';
import { EMPTY, type Contents } from './contents.js';
import {
  damagedError,
  ioError,
  quarantinedError,
  notAFileError,
  notQuarantinedError,
} from './errors.js';
import { quarantine } from './quarantine.js';

/** Holds the file's revision where Roomkey wrote it. */
const HEAD_BYTES = 64;
/** Longer than an editor takes to save a file. */
const RECHECK_MS = 500;

/** A file that cannot be parsed. */
interface DamagedFile {
  readonly damage: CorruptFileError;
  readonly bytes: Buffer;
}

/** lowdb's adapter for a collection's file: reads it only when it has changed. */
export class CollectionFile implements Adapter<Contents> {
  readonly #path: string;
  #contents = EMPTY;
  /** The version of the file that `#contents` was read from; `undefined` if unknown. */
  #version: string | undefined;
  #hasOtherNames = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether the file has other names (hard links), which do not see writes. */
  get hasOtherNames(): boolean {
    return this.#hasOtherNames;
  }

  /** @throws RoomkeyError `RK_STORAGE_IO`, `RK_STORAGE_DAMAGED` */
  async read(): Promise<Contents> {
    const found = await this.#load();
    if ('damage' in found) throw damagedError(this.#path, found.damage);
    return found;
  }

  /**
   * Reads; quarantines a damaged file if it is unchanged after 500 ms, in which an editor would have
   * finished saving. Call with the lock held.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`, `RK_STORAGE_DAMAGED`
   */
  async readOrQuarantine(): Promise<Contents> {
    const first = await this.#load();
    if (!('damage' in first)) return first;
    await sleep(RECHECK_MS);
    const second = await this.#load();
    if (!('damage' in second)) return second;
    const damaged = damagedError(this.#path, second.damage);
    if (!first.bytes.equals(second.bytes)) throw damaged;
    let aside: string;
    try {
      aside = await quarantine(await followLinks(this.#path));
    } catch (error) {
      throw notQuarantinedError(damaged, ioError(this.#path, error));
    }
    throw quarantinedError(this.#path, second.damage, aside);
  }

  /** Call with the lock held. @throws RoomkeyError `RK_STORAGE_IO` */
  async write(contents: Contents): Promise<void> {
    this.#version = undefined;
    try {
      await writeFileAtomically(this.#path, encode(contents));
      this.#contents = contents;
      // The lock is held, so this is the file that was just written.
      const file = await this.#open();
      try {
        this.#version = await versionOf(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw ioError(this.#path, error);
    }
  }

  async #load(): Promise<Contents | DamagedFile> {
    let file: FileHandle;
    try {
      file = await this.#open();
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw ioError(this.#path, error);
      this.#version = undefined;
      const { revision, entries } = this.#contents;
      if (entries.length > 0) this.#contents = { revision, entries: [] };
      return this.#contents;
    }
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw notAFileError(this.#path);
      this.#hasOtherNames = stats.nlink > 1;
      return await this.#readFrom(file);
    } catch (error) {
      throw hasCode(error, 'RK_STORAGE_IO') ? error : ioError(this.#path, error);
    } finally {
      await file.close();
    }
  }

  async #open(): Promise<FileHandle> {
    const target = await followLinks(this.#path);
    // Opening a pipe (FIFO) would wait for a writer.
    return retryWhileBusy(() => open(target, constants.O_RDONLY | constants.O_NONBLOCK));
  }

  async #readFrom(file: FileHandle): Promise<Contents | DamagedFile> {
    const version = await versionOf(file);
    if (version === this.#version) return this.#contents;
    const bytes = await file.readFile();
    try {
      this.#contents = await decode(bytes, this.#contents, createYielder());
    } catch (error) {
      if (error instanceof CorruptFileError) return { damage: error, bytes };
      throw error;
    }
    this.#version = version;
    return this.#contents;
  }
}

/**
 * Identifies a state of the file. Times are too coarse, and file systems reuse inode numbers; the
 * revision in the first line grows with every write.
 */
async function versionOf(file: FileHandle): Promise<string> {
  const { ino, size, mtimeNs } = await file.stat({ bigint: true });
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
  return `${ino} ${size} ${mtimeNs} ${head.toString('latin1', 0, bytesRead)}`;
}
