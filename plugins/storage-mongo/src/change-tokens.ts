import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@roomkey/core';
import type { MongoServer } from './mongo-server.js';

/** Not a name that a collection of Roomkey's can have. */
const COLLECTION = 'roomkey__changes';

/** Between two rings, in ms: many writes at once need not ring one by one. */
const PAUSE_MS = 200;

interface TokenDocument {
  /** The collection's name. */
  readonly _id: string;
  /** Random, so that it changes with every ring. */
  readonly token: string;
}

/**
 * A small document for each collection that changes after every write: on servers that tell of no
 * changes, those who watch look at it instead of at everything.
 */
export class ChangeTokens {
  readonly #server: MongoServer;
  readonly #logger: Logger;
  /** Rings on their way, by collection. */
  readonly #pending = new Map<string, Promise<void>>();
  /** Where another follows. */
  readonly #queued = new Set<string>();
  readonly #closing = new AbortController();

  constructor(server: MongoServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
  }

  /** Rings soon. The writer does not wait: who dies meanwhile is heard by the next look at all. */
  bump(collection: string): void {
    const before = this.#pending.get(collection);
    if (before === undefined) {
      this.#pending.set(collection, this.#write(collection));
    } else if (!this.#queued.has(collection)) {
      // The one on its way may be heard before this write is.
      this.#queued.add(collection);
      this.#pending.set(
        collection,
        before.then(() => this.#writeLater(collection)),
      );
    }
  }

  /** What it says now. */
  async read(collection: string): Promise<string | undefined> {
    const document = await this.#server.run((db) =>
      db.collection<TokenDocument>(COLLECTION).findOne({ _id: collection }),
    );
    return document?.token;
  }

  /** Waits for the rings on their way. */
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
