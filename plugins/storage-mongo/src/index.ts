/**
 * Storage in MongoDB, shared by many machines.
 *
 * ```json
 * { "services": { "storage": { "use": "@roomkey/storage-mongo", "config": { "uri": { "env": "MONGO_URI" } } } } }
 * ```
 *
 * @packageDocumentation
 */
import { definePlugin, Storage } from '@roomkey/core';
import { configSchema } from './config.js';

export default definePlugin({
  name: '@roomkey/storage-mongo',
  apiVersion: '1.0',
  provides: Storage,
  configSchema,
  create: async (context, config) => {
    // Every command loads this module, even without a configured server, and the driver loads slowly.
    const { MongoServer } = await import('./mongo-server.js');
    const { MongoStorage } = await import('./mongo-storage.js');
    const server = await MongoServer.connect(config, context.signal, context.logger);
    const storage = new MongoStorage(server, context.logger);
    context.defer(() => storage.close());
    return storage;
  },
});
