import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLost } from './errors.js';
import { insertIfAbsent } from './insert-if-absent.js';
import type { MongoServer } from './mongo-server.js';

/** No collection of Roomkey can have this name. */
const COLLECTION = 'roomkey__leases';

/** Duration of a lease, in ms; then its owner is assumed dead. */
export const LEASE_MS = 3_000;

const DAY_MS = 86_400_000;

interface Lease {
  /** Lock name and attempt number. */
  readonly _id: string;
  readonly at: Date;
}

/**
 * A lock for servers whose updates are not atomic: inserting a document, which is atomic on all
 * servers, acquires it, and removing the document releases it.
 *
 * An expired lease is not removed; waiters acquire the lease of the next attempt. A slow owner must
 * give up before its lease expires.
 */
export class LeaseLock {
  readonly #server: MongoServer;

  constructor(server: MongoServer) {
    this.#server = server;
  }

  /**
   * Runs a function while no one else holds a lease of the same name.
   *
   * @param isWanted asked while waiting: the other owner may have done the work
   * @returns undefined if it is no longer wanted
   */
  async withLease<T>(
    what: string,
    isWanted: () => Promise<boolean>,
    run: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const id = `${what}/${attempt}`;
      const since = performance.now();
      for (let pause = 5; performance.now() - since < LEASE_MS; pause = Math.min(pause * 2, 100)) {
        if (await this.#acquire(id, signal)) return this.#release(id, run);
        // Random, so that waiters do not synchronize.
        await sleep(pause * (0.5 + Math.random()), undefined, signal && { signal });
        if (!(await isWanted())) return undefined;
      }
    }
  }

  /** Removes leases that were never released. */
  async removeExpired(): Promise<void> {
    const at = { $lt: new Date(Date.now() - DAY_MS) };
    await this.#server.run((db) => db.collection<Lease>(COLLECTION).deleteMany({ at }));
  }

  async #release<T>(id: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      // Not awaited: if it fails, the lease expires.
      this.#server
        .run((db) => db.collection<Lease>(COLLECTION).deleteOne({ _id: id }))
        .catch(() => undefined);
    }
  }

  /** @returns whether the lease is ours; a lost answer counts as no */
  async #acquire(id: string, signal: AbortSignal | undefined): Promise<boolean> {
    const lease: Lease = { _id: id, at: new Date() };
    try {
      return await this.#server.run(
        (db) => insertIfAbsent(db.collection<Lease>(COLLECTION), lease),
        signal,
      );
    } catch (error) {
      if (isConnectionLost(error)) return false;
      throw error;
    }
  }
}
