import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Logger } from '@roomkey/core';
import { JsonStorage } from '../src/json-storage.js';

/** A silent logger. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A new folder for each test, with stores that are closed afterwards. */
export class TestFolder {
  path = '';
  readonly #stores: JsonStorage[] = [];

  constructor() {
    beforeEach(async () => {
      this.path = await mkdtemp(join(tmpdir(), 'roomkey-json-'));
    });
    afterEach(async () => {
      await Promise.all(this.#stores.splice(0).map((storage) => storage.close()));
      await rm(this.path, { recursive: true, force: true });
    });
  }

  /** Opens a store in this folder, or in one below it. */
  open(logger = silent, below = '.'): JsonStorage {
    const storage = new JsonStorage(join(this.path, below), logger);
    this.#stores.push(storage);
    return storage;
  }
}
