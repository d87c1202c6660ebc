import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@roomkey/core';
import type { MongoServer } from './mongo-server.js';

/** Not a name that a collection of Roomkey's can have. */
const COLLECTION = 'roomkey__bells';

/** Between two rings, in ms: many writes at once need not ring one by one. */
const PAUSE_MS = 200;

interface Bell {
  /** The collection's name. */
  readonly _id: string;
  /** Random, so that it changes with every ring. */
  readonly ring: string;
}

/**
 * A small document for each collection that changes after every write: on servers that tell of no
 * changes, those who watch look at it instead of at everything.
 */
export class Bells {
  readonly #server: MongoServer;
  readonly #logger: Logger;
  /** Rings on their way, by collection. */
  readonly #ringing = new Map<string, Promise<void>>();
  /** Where another follows. */
  readonly #again = new Set<string>();
  readonly #closing = new AbortController();

  constructor(server: MongoServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
  }

  /** Rings soon. The writer does not wait: who dies meanwhile is heard by the next look at all. */
  ring(collection: string): void {
    const before = this.#ringing.get(collection);
    if (before === undefined) {
      this.#ringing.set(collection, this.#ring(collection));
    } else if (!this.#again.has(collection)) {
      // The one on its way may be heard before this write is.
      this.#again.add(collection);
      this.#ringing.set(
        collection,
        before.then(() => this.#ringAgain(collection)),
      );
    }
  }

  /** What it says now. */
  async listen(collection: string): Promise<string | undefined> {
    const bell = await this.#server.run((db) =>
      db.collection<Bell>(COLLECTION).findOne({ _id: collection }),
    );
    return bell?.ring;
  }

  /** Waits for the rings on their way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ringing.values());
  }

  async #ringAgain(collection: string): Promise<void> {
    const { signal } = this.#closing;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    this.#again.delete(collection);
    await this.#ring(collection);
  }

  async #ring(collection: string): Promise<void> {
    const ring = randomBytes(8).toString('hex');
    try {
      await this.#server.run((db) =>
        db
          .collection<Bell>(COLLECTION)
          .updateOne({ _id: collection }, { $set: { ring } }, { upsert: true }),
      );
    } catch (error) {
      const { message } = this.#server.describe(error);
      this.#logger.debug(`Others will notice a change late. ${message}`);
    } finally {
      if (!this.#again.has(collection)) this.#ringing.delete(collection);
    }
  }
}
