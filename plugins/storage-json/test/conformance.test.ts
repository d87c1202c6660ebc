import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storageConformance } from '@roomkey/core/conformance';
import { JsonStorage } from '../src/json-storage.js';
import { silent } from './support.js';

storageConformance(
  { describe, test },
  {
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'roomkey-json-kit-'));
      const stores = [new JsonStorage(join(folder, 'data'), silent)];
      return {
        storage: stores[0]!,
        reopen: async () => {
          const another = new JsonStorage(join(folder, 'data'), silent);
          stores.push(another);
          return another;
        },
        close: async () => {
          await Promise.all(stores.map((storage) => storage.close()));
          const left = await readdir(join(folder, 'data')).catch(() => []);
          await rm(folder, { recursive: true });
          expect(left.filter((name) => !/^[a-z0-9-]+\.json$/.test(name))).toEqual([]);
        },
      };
    },
  },
);
