import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLost } from './errors.js';
import { insertIfAbsent } from './insert-if-absent.js';
import type { MongoServer } from './mongo-server.js';

/** Not a name that a collection of Roomkey's can have. */
const COLLECTION = 'roomkey__leases';

/** After this time, in ms, whoever has a turn and did not give it back is taken for dead. */
export const LEASE_MS = 3_000;

const DAY_MS = 86_400_000;

interface Lease {
  /** What it is for, and the how manieth attempt at that. */
  readonly _id: string;
  readonly at: Date;
}

/**
 * Turns for servers whose updates are not atomic: who wants to change something takes the turn for it
 * by inserting a document, which is atomic everywhere, and gives it back by removing that.
 *
 * The turn of somebody who died is left where it is, and the next attempt's is taken. Whoever was
 * only slow has to give up in time.
 */
export class LeaseLock {
  readonly #server: MongoServer;

  constructor(server: MongoServer) {
    this.#server = server;
  }

  /**
   * Does something while nobody else does it who takes the turn for the same.
   *
   * @param isWanted asked while somebody else has the turn: who had it has mostly done it
   * @returns undefined where it is not wanted any more
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
        // At random, so that those who wait do not come in step.
        await sleep(pause * (0.5 + Math.random()), undefined, signal && { signal });
        if (!(await isWanted())) return undefined;
      }
    }
  }

  /** Removes what the dead left behind. */
  async removeExpired(): Promise<void> {
    const at = { $lt: new Date(Date.now() - DAY_MS) };
    await this.#server.run((db) => db.collection<Lease>(COLLECTION).deleteMany({ at }));
  }

  async #release<T>(id: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      // Nobody waits for it: where it fails, others wait for a while as if we had died.
      this.#server
        .run((db) => db.collection<Lease>(COLLECTION).deleteOne({ _id: id }))
        .catch(() => undefined);
    }
  }

  /** @returns whether the turn is ours; where the answer is lost it is as if somebody else had it */
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
