import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLost, isDuplicate } from './errors.js';
import type { MongoServer } from './mongo-server.js';

/** Not a name that a collection of Roomkey's can have. */
const COLLECTION = 'roomkey_turns';

/** After this time, in ms, whoever has a turn and did not give it back is taken for dead. */
const TURN_MS = 3_000;

const DAY_MS = 86_400_000;

interface Turn {
  /** What it is for, and the how manieth attempt at that. */
  readonly _id: string;
  /** Random: whose it is. */
  readonly owner: string;
  readonly at: Date;
}

/**
 * Turns for servers whose updates are not atomic: who wants to change something takes the turn for it
 * by inserting a document, which is atomic everywhere, and gives it back by removing that.
 *
 * The turn of somebody who died is left where it is, and the next attempt's is taken. One who was
 * only slow can so meet another; what they do must be conditional still.
 */
export class Turns {
  readonly #server: MongoServer;

  constructor(server: MongoServer) {
    this.#server = server;
  }

  /** Does something while nobody else does it who takes the turn for the same. */
  async within<T>(
    what: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    const turn = await this.#take(what, signal);
    try {
      return await run();
    } finally {
      // Nobody waits for it: where it fails, others wait for a while as if we had died.
      this.#server
        .run((db) => db.collection<Turn>(COLLECTION).deleteOne({ _id: turn }))
        .catch(() => undefined);
    }
  }

  /** Removes what the dead left behind. */
  async sweep(): Promise<void> {
    const at = { $lt: new Date(Date.now() - DAY_MS) };
    await this.#server.run((db) => db.collection<Turn>(COLLECTION).deleteMany({ at }));
  }

  async #take(what: string, signal: AbortSignal | undefined): Promise<string> {
    const owner = randomBytes(8).toString('hex');
    for (let attempt = 1; ; attempt += 1) {
      const id = `${what}/${attempt}`;
      const giveUp = performance.now() + TURN_MS;
      while (performance.now() < giveUp) {
        if (await this.#insert({ _id: id, owner, at: new Date() }, signal)) return id;
        // At random, so that those who wait do not come in step.
        await sleep(5 + Math.random() * 15, undefined, signal && { signal });
      }
    }
  }

  /** @returns whether the turn is ours */
  async #insert(turn: Turn, signal: AbortSignal | undefined): Promise<boolean> {
    const insert = () =>
      this.#server.run((db) => db.collection<Turn>(COLLECTION).insertOne(turn), signal);
    try {
      await insert().catch((error: unknown) => {
        if (isConnectionLost(error)) return insert();
        throw error;
      });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const found = await this.#server.run(
      (db) => db.collection<Turn>(COLLECTION).findOne({ _id: turn._id }),
      signal,
    );
    // An attempt whose answer was lost may have been ours.
    return found?.owner === turn.owner;
  }
}
