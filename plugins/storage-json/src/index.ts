/**
 * Storage in JSON files that a person can read, one a collection: `users.json`, `rooms.json`. For
 * one machine; several processes may use one folder at once.
 *
 * ```json
 * { "services": { "storage": { "use": "@roomkey/storage-json", "config": { "folder": "./data" } } } }
 * ```
 *
 * @packageDocumentation
 */
import { resolve } from 'node:path';
import { definePlugin, Storage } from '@roomkey/core';
import { configSchema } from './config.js';
import { JsonStorage } from './json-storage.js';

export default definePlugin({
  name: '@roomkey/storage-json',
  apiVersion: '1.0',
  provides: Storage,
  configSchema,
  create: (context, config) => {
    const { folders, logger } = context;
    const folder =
      config.folder === undefined ? folders.data : resolve(folders.base, config.folder);
    const storage = new JsonStorage(folder, logger);
    context.defer(() => storage.close());
    return storage;
  },
});
