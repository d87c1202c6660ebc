import { open, type FileHandle } from 'node:fs/promises';
import { hasErrno, writeFileAtomically } from '@roomkey/core';
import type { Adapter } from 'lowdb';
import { createBreather } from './breather.js';
import { Damage, decode, EMPTY, encode, type Contents } from './codec.js';
import { damagedError, ioError } from './errors.js';

/** Holds the file's revision where Roomkey wrote it. */
const HEAD_BYTES = 64;

/** lowdb's way to a collection's file: reads it only when it is another than last time. */
export class CollectionFile implements Adapter<Contents> {
  readonly #path: string;
  #contents = EMPTY;
  /** Of the file that `#contents` says; `undefined` where unknown. */
  #version: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws RoomkeyError `RK_STORAGE_IO`, `RK_STORAGE_DAMAGED` */
  async read(): Promise<Contents> {
    let file: FileHandle;
    try {
      file = await open(this.#path, 'r');
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw ioError(this.#path, error);
      this.#version = undefined;
      return (this.#contents = EMPTY);
    }
    try {
      const version = await versionOf(file);
      if (version === this.#version) return this.#contents;
      const bytes = await file.readFile();
      this.#contents = await decode(bytes, this.#contents, createBreather());
      this.#version = version;
      return this.#contents;
    } catch (error) {
      if (error instanceof Damage) throw damagedError(this.#path, error.line, error.message);
      throw ioError(this.#path, error);
    } finally {
      await file.close();
    }
  }

  /** To be called by the holder of the lock. @throws RoomkeyError `RK_STORAGE_IO` */
  async write(contents: Contents): Promise<void> {
    this.#version = undefined;
    try {
      await writeFileAtomically(this.#path, encode(contents));
      this.#contents = contents;
      // Nobody else writes as long as the lock is held: this is the file that was just written.
      const file = await open(this.#path, 'r');
      try {
        this.#version = await versionOf(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw ioError(this.#path, error);
    }
  }
}

/**
 * Tells one state of the file from another. Its times are too coarse for that, and a file system
 * gives the number of a file that was replaced to the next; the revision in the first line grows
 * with every write.
 */
async function versionOf(file: FileHandle): Promise<string> {
  const { ino, size, mtimeNs } = await file.stat({ bigint: true });
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
  return `${ino} ${size} ${mtimeNs} ${head.toString('latin1', 0, bytesRead)}`;
}
