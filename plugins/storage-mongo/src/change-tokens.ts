import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@roomkey/core';
import type { MongoServer } from './mongo-server.js';

/** No collection of Roomkey can have this name. */
const COLLECTION = 'roomkey__changes';

/** Pause between two bumps, in ms: concurrent writes share one. */
const PAUSE_MS = 200;

interface TokenDocument {
  /** The collection's name. */
  readonly _id: string;
  /** Random, so that it changes with every bump. */
  readonly token: string;
}

/**
 * A small document for each collection that changes after every write: on servers without change
 * streams, watches poll it instead of all documents.
 */
export class ChangeTokens {
  readonly #server: MongoServer;
  readonly #logger: Logger;
  /** Writes in progress, by collection. */
  readonly #pending = new Map<string, Promise<void>>();
  /** Collections with one more write queued. */
  readonly #queued = new Set<string>();
  readonly #closing = new AbortController();

  constructor(server: MongoServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
  }

  /** Changes the token soon. The writer does not wait: if the process ends first, the next full scan finds the change. */
  bump(collection: string): void {
    const before = this.#pending.get(collection);
    if (before === undefined) {
      this.#pending.set(collection, this.#write(collection));
    } else if (!this.#queued.has(collection)) {
      // A watch may read the token in progress before this write.
      this.#queued.add(collection);
      this.#pending.set(
        collection,
        before.then(() => this.#writeLater(collection)),
      );
    }
  }

  /** The current token. */
  async read(collection: string): Promise<string | undefined> {
    const document = await this.#server.run((db) =>
      db.collection<TokenDocument>(COLLECTION).findOne({ _id: collection }),
    );
    return document?.token;
  }

  /** Waits for the writes in progress. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#pending.values());
  }

  async #writeLater(collection: string): Promise<void> {
    const { signal } = this.#closing;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    this.#queued.delete(collection);
    await this.#write(collection);
  }

  async #write(collection: string): Promise<void> {
    const token = randomBytes(8).toString('hex');
    try {
      await this.#server.run((db) =>
        db
          .collection<TokenDocument>(COLLECTION)
          .updateOne({ _id: collection }, { $set: { token } }, { upsert: true }),
      );
    } catch (error) {
      const { message } = this.#server.describe(error);
      this.#logger.debug(`Others will notice a change late. ${message}`);
    } finally {
      if (!this.#queued.has(collection)) this.#pending.delete(collection);
    }
  }
}
