import type {
  Announcement,
  BeaconSource,
  DiscoverySearch,
  Discovery,
  OperationOptions,
  BeaconEvent,
} from '../contracts/index.js';

/** The network shared by several `MemoryDiscovery`. */
export class MemoryBroadcastDomain {
  readonly #listeners = new Set<(event: BeaconEvent) => void>();
  readonly #announcers = new Set<(challenge: Uint8Array) => void>();

  /** Delivers a beacon to all searches, in order, after the current task. */
  send(beacon: Uint8Array, host: string): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (!this.#listeners.has(listener)) return;
        const lent = Uint8Array.from(beacon);
        try {
          listener({ beacon: lent, host });
        } catch {
          // Errors of a listener are ignored; there is no log here.
        }
        // Valid only during the call: zeroed so that a listener that keeps it fails.
        lent.fill(0);
      });
    }
  }

  /** Asks all announcements for an answer. */
  query(challenge: Uint8Array): void {
    for (const answer of this.#announcers) answer(challenge);
  }

  /** @returns takes it away again */
  listen(listener: (event: BeaconEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns takes it away again */
  answer(answer: (challenge: Uint8Array) => void): () => void {
    this.#announcers.add(answer);
    return () => this.#announcers.delete(answer);
  }
}

/** Settings of a `MemoryDiscovery`. */
export interface MemoryDiscoveryOptions {
  /** Source address seen by others; default 127.0.0.1. */
  readonly host?: string;
  /** Announcement interval, ms; default 2,000. */
  readonly intervalMs?: number;
}

/** An in-process `Discovery` for tests; passes the conformance kit. */
export class MemoryDiscovery implements Discovery {
  readonly #domain: MemoryBroadcastDomain;
  readonly #host: string;
  readonly #intervalMs: number;

  /** @param domain shared with other instances; default: a separate one */
  constructor(domain = new MemoryBroadcastDomain(), options: MemoryDiscoveryOptions = {}) {
    this.#domain = domain;
    this.#host = options.host ?? '127.0.0.1';
    this.#intervalMs = options.intervalMs ?? 2_000;
  }

  async announce(source: BeaconSource, options?: OperationOptions): Promise<Announcement> {
    await begin(options);
    let stopped = false;
    const announce = (): void => {
      if (!stopped) this.#domain.send(source.next(false), this.#host);
    };
    announce();
    const timer = setInterval(announce, this.#intervalMs);
    timer.unref();
    const unsubscribe = this.#domain.answer((challenge) =>
      this.#domain.send(source.answer(challenge), this.#host),
    );
    return {
      update: announce,
      stop: async () => {
        if (stopped) return;
        stopped = true;
        clearInterval(timer);
        unsubscribe();
        this.#domain.send(source.next(true), this.#host);
        await Promise.resolve();
      },
    };
  }

  async discover(
    onBeacon: (event: BeaconEvent) => void,
    options?: OperationOptions,
  ): Promise<DiscoverySearch> {
    await begin(options);
    let stopped = false;
    const unsubscribe = this.#domain.listen(onBeacon);
    return {
      query: (challenge) => {
        if (!stopped) this.#domain.query(challenge);
      },
      stop: () => {
        stopped = true;
        unsubscribe();
        return Promise.resolve();
      },
    };
  }
}

async function begin(options: OperationOptions | undefined): Promise<void> {
  options?.signal?.throwIfAborted();
  await Promise.resolve();
  options?.signal?.throwIfAborted();
}
