// Opens a store of the build, in its own process; see test/support/storage-stress.
import { MongoServer } from '../dist/mongo-server.js';
import { MongoStorage } from '../dist/mongo-storage.js';

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** @param {{ uri: string, database: string }} config */
export async function open(config) {
  for (;;) {
    try {
      const server = await MongoServer.connect(config, new AbortController().signal, logger);
      return new MongoStorage(server, logger);
    } catch (error) {
      // The server may be unreachable for a moment.
      if (!(error instanceof Error && 'code' in error && error.code === 'RK_PLUGIN_UNAVAILABLE')) {
        throw error;
      }
    }
  }
}
