import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import {
  RoomkeyError,
  type JsonObject,
  type OperationOptions,
  type WriteOptions,
} from '@roomkey/core';
import { MemoryBackend, MemoryStorage } from '@roomkey/core/conformance';
import { People } from '../../src/people/people.js';
import { Accounts } from '../../src/people/index.js';
import { nameKey } from '../../src/people/names.js';
import { testCipher } from '../support/cipher.js';

export const PASSWORD = 'correct horse';

/** An error with this code, for `toThrow`. */
export const code = (expected: string): Error =>
  expect.objectContaining({ code: expected }) as Error;

/** A store in which something can happen just before a write, or which is away. */
export class FragileStorage extends MemoryStorage {
  /** Called before each replacement or removal; what it throws is thrown. */
  beforeChange: (id: string, value?: JsonObject) => Promise<void> | void = () => undefined;
  isAway = false;

  override async get(collection: string, id: string, options?: OperationOptions) {
    if (this.isAway) throw new RoomkeyError('RK_STORAGE_IO', 'The server does not answer.');
    return super.get(collection, id, options);
  }

  override async replace(
    collection: string,
    id: string,
    revision: number,
    value: JsonObject,
    options?: WriteOptions,
  ) {
    await this.beforeChange(id, value);
    return super.replace(collection, id, revision, value, options);
  }

  override async remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ) {
    await this.beforeChange(id);
    return super.remove(collection, id, revision, options);
  }
}

/** A machine with a store that others can share. */
export async function createMachine(disk = new MemoryBackend(), storeName = 'memory') {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-accounts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const storage = new FragileStorage(disk);
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const people = new People({ configFolder: folder });
  const options = { cipher: testCipher, configFolder: folder, people, logger };
  const accounts = new Accounts({ ...options, storage, storeName });
  /** The same machine with another store in use. */
  const withStore = (other: MemoryBackend, name: string): Accounts =>
    new Accounts({ ...options, storage: new MemoryStorage(other), storeName: name });
  return { disk, folder, storage, logger, accounts, withStore };
}

/** The account as it is stored. */
export async function stored(disk: MemoryBackend, name: string): Promise<JsonObject | undefined> {
  return (await new MemoryStorage(disk).get('users', nameKey(name)))?.value;
}

/** Changes an account as another machine, or an attacker with access to the store, could. */
export async function tamper(disk: MemoryBackend, name: string, change: JsonObject): Promise<void> {
  const storage = new MemoryStorage(disk);
  const id = nameKey(name);
  const document = await storage.get('users', id);
  await storage.replace('users', id, document?.revision ?? 0, { ...document?.value, ...change });
}
