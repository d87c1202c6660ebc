import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeEmitter,
  deferred,
  settleOrAbort,
  type Deferred,
  type Logger,
  type StorageChange,
  type StorageWatch,
} from '@roomkey/core';
import type { ChangeTokens } from './change-tokens.js';
import { isNoChangeStream } from './errors.js';
import type { MongoCollection } from './mongo-collection.js';
import type { MongoServer } from './mongo-server.js';
import type { StoredRecord } from './record.js';
import { RecordTracker } from './record-tracker.js';

/** Polling interval on servers without change streams, in ms. */
const POLL_MS = 2_000;

/** Interval of full scans then, in ms: changes made in a shell do not change the token. */
const SCAN_MS = 60_000;

/** The part of the server that is used. */
export type WatchedServer = Pick<MongoServer, 'abilities' | 'describe'>;

/** The part of the collection that is used. */
export type WatchedRecords = Pick<
  MongoCollection,
  'name' | 'heads' | 'getMany' | 'changes' | 'now'
>;

/** The watches of a collection; follows its changes while there are any. */
export class RecordWatcher {
  readonly #records: WatchedRecords;
  readonly #server: WatchedServer;
  readonly #changeTokens: Pick<ChangeTokens, 'read'> | undefined;
  readonly #logger: Logger;
  readonly #emitter: ChangeEmitter;
  readonly #tracker: RecordTracker;
  #subscribers = 0;
  #following: { readonly ready: Promise<unknown>; readonly stop: AbortController } | undefined;

  /** @param changeTokens on servers without change streams */
  constructor(
    records: WatchedRecords,
    server: WatchedServer,
    changeTokens: Pick<ChangeTokens, 'read'> | undefined,
    logger: Logger,
  ) {
    this.#records = records;
    this.#server = server;
    this.#changeTokens = changeTokens;
    this.#logger = logger;
    this.#emitter = new ChangeEmitter(logger);
    this.#tracker = new RecordTracker(records, this.#emitter);
  }

  /** Reports changes from now on. */
  async subscribe(
    onChange: (change: StorageChange) => void,
    signal?: AbortSignal,
  ): Promise<StorageWatch> {
    this.#subscribers += 1;
    let end: () => void;
    try {
      const { ready } = (this.#following ??= this.#start());
      await (signal === undefined ? ready : settleOrAbort(ready, signal));
      end = this.#emitter.subscribe(onChange, this.#tracker.heads(), (id) => {
        throw new Error(`${id} was not emitted`);
      });
    } catch (error) {
      this.#unsubscribe();
      throw error;
    }
    let stopped = false;
    return {
      stop: () => {
        if (!stopped) {
          end();
          this.#unsubscribe();
        }
        stopped = true;
        return Promise.resolve();
      },
    };
  }

  /** Reports a write of this process. */
  update(record: StoredRecord): void {
    if (this.#following !== undefined) this.#tracker.update(record);
  }

  close(): void {
    this.#emitter.close();
    this.#stop();
  }

  #unsubscribe(): void {
    this.#subscribers -= 1;
    if (this.#subscribers === 0) this.#stop();
  }

  #start(): { readonly ready: Promise<unknown>; readonly stop: AbortController } {
    const ready = deferred<unknown>();
    const stop = new AbortController();
    void this.#follow(ready, stop.signal);
    return { ready: ready.promise, stop };
  }

  #stop(): void {
    this.#following?.stop.abort();
    this.#following = undefined;
    this.#tracker.clear();
  }

  /** Follows changes until it is stopped; resolves `ready` after the first scan. */
  async #follow(ready: Deferred<unknown>, signal: AbortSignal): Promise<void> {
    const { name } = this.#records;
    const state = {
      streams: this.#server.abilities.changeStreams,
      isReady: false,
      isFailing: false,
    };
    const looked = () => {
      if (state.isFailing) this.#logger.info(`Changes of ${name} are detected again.`);
      Object.assign(state, { isReady: true, isFailing: false });
      ready.resolve(undefined);
    };
    for (;;) {
      try {
        await (state.streams ? this.#followStream(looked, signal) : this.#poll(looked, signal));
      } catch (error) {
        if (signal.aborted) return;
        const { message } = this.#server.describe(error);
        if (state.streams && isNoChangeStream(error)) {
          state.streams = false;
          this.#logger.warn(`${name} is polled for changes every 2 s. ${message}`);
          continue;
        }
        if (!state.isReady) {
          this.#following = undefined;
          ready.reject(error as Error);
          return;
        }
        if (!state.isFailing) {
          this.#logger.warn(`Changes of ${name} cannot be detected for now. ${message}`);
        }
        state.isFailing = true;
      }
      await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  async #followStream(looked: () => void, signal: AbortSignal): Promise<void> {
    const since = await this.#records.now(signal);
    await this.#tracker.scan(signal);
    looked();
    for await (const change of this.#records.changes(since, signal)) {
      if (change.type === 'reread') await this.#tracker.reread([change.id], signal);
      else this.#tracker.update(change.record);
    }
  }

  async #poll(looked: () => void, signal: AbortSignal): Promise<void> {
    let lastToken: string | undefined;
    let scannedAt = -Infinity;
    for (;;) {
      // Before the scan, so that the next poll sees changes during it.
      const token = await this.#changeTokens?.read(this.#records.name);
      const isDue = performance.now() - scannedAt > SCAN_MS;
      if (isDue || token !== lastToken || this.#changeTokens === undefined) {
        await this.#tracker.scan(signal);
        lastToken = token;
        scannedAt = performance.now();
        looked();
      }
      await sleep(POLL_MS, undefined, { signal, ref: false });
    }
  }
}
