import type { Logger } from '@roomkey/core';
import { MongoServer } from '../src/mongo-server.js';
import { MongoStorage } from '../src/mongo-storage.js';

/** A logger that says nothing. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A store in a database; whoever opens it closes it. */
export async function openStorage(
  uri: string,
  database: string,
  logger = silent,
): Promise<MongoStorage> {
  const server = await MongoServer.connect({ uri, database }, new AbortController().signal);
  return new MongoStorage(server, logger);
}
