import type {
  Announcement,
  BeaconSource,
  DiscoverySearch,
  Discovery,
  OperationOptions,
  BeaconEvent,
} from '../contracts/index.js';

/** What several `MemoryDiscovery` share as machines share a network. */
export class MemoryBroadcastDomain {
  readonly #listeners = new Set<(event: BeaconEvent) => void>();
  readonly #announcers = new Set<(challenge: Uint8Array) => void>();

  /** Hands a beacon to all who browse, in their order, once the current work is done. */
  send(beacon: Uint8Array, host: string): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (!this.#listeners.has(listener)) return;
        const lent = Uint8Array.from(beacon);
        try {
          listener({ beacon: lent, host });
        } catch {
          // What a listener throws stops nothing; there is no log here.
        }
        // Lent for the call: whoever keeps it instead of a copy is found out.
        lent.fill(0);
      });
    }
  }

  /** Asks all who announce for an answer. */
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
  /** What others see as its address; default 127.0.0.1. */
  readonly host?: string;
  /** Between two announcements, ms; default 2,000. */
  readonly intervalMs?: number;
}

/** A `Discovery` within one process, for tests: it passes the conformance kit. */
export class MemoryDiscovery implements Discovery {
  readonly #domain: MemoryBroadcastDomain;
  readonly #host: string;
  readonly #intervalMs: number;

  /** @param domain shared with others, or one of its own */
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
