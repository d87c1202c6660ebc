import { onTestFinished } from 'vitest';
import { RoomkeyError, type LogFields, type Logger, type Storage } from '@roomkey/core';
import plugin from '../src/index.js';
import { MongoServer } from '../src/mongo-server.js';
import { MongoStorage } from '../src/mongo-storage.js';

/** A silent logger. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A store in a database; the caller closes it. */
export async function openStorage(
  uri: string,
  database: string,
  logger = silent,
): Promise<MongoStorage> {
  const { signal } = new AbortController();
  const server = await MongoServer.connect({ uri, database }, signal, logger);
  return new MongoStorage(server, logger);
}

/** Starts the plugin like a host program. */
export async function create(config: unknown, logger = silent): Promise<Storage> {
  const result = await plugin.configSchema['~standard'].validate(config);
  if (result.issues !== undefined) {
    throw new RoomkeyError('RK_CONFIG_INVALID', result.issues.map((one) => one.message).join());
  }
  const cleanUps: (() => void | Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const context = {
    logger,
    signal: new AbortController().signal,
    folders: { config: '', data: '', base: '' },
    use: () => {
      throw new Error('nothing is required');
    },
    defer: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp),
  };
  return plugin.create(context, result.value);
}

/** A logger that records warnings. */
export function warnings(): {
  readonly logger: Logger;
  readonly said: string[];
  /** Present if the warning is meant for the user. */
  readonly codes: unknown[];
} {
  const said: string[] = [];
  const codes: unknown[] = [];
  const warn = (message: string, fields?: LogFields): void => {
    said.push(message);
    codes.push(fields?.['code']);
  };
  return { logger: { ...silent, warn }, said, codes };
}
