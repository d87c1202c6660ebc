import type { Logger, Storage } from '../contracts/index.js';
import { hasCode, type RoomkeyError } from '../errors/index.js';
import { systemClock, type Clock } from '../util/clock.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';

/** Whether the store answers; where it does not, why. */
export type StorageState =
  { readonly available: true } | { readonly available: false; readonly error: RoomkeyError };

/** What a host shows of the store. */
export interface StorageMonitor {
  readonly state: StorageState;
  /** Reports every change of `state` within some seconds, also while the store is not in use. */
  on(event: 'change', listener: (state: StorageState) => void): Unsubscribe;
}

/** Pause between an answer and the next check, ms. */
const CHECK_MS = 5_000;
/** The same while the store is away. */
const AWAY_CHECK_MS = 2_000;

/** The document that checks read; it need not exist. */
const PROBE = ['rooms', 'probe'] as const;

/**
 * The plugin's store, and whether it answers. Passes all operations through; one that fails with
 * `RK_STORAGE_IO` triggers a check by reading: a full disk still answers.
 */
export class MonitoredStorage implements Storage, StorageMonitor {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #emitter: Emitter<{ change: StorageState }>;
  #state: StorageState = { available: true };
  #cancelTimer: (() => void) | undefined;
  #checking = false;
  #watched = false;
  #stopped = false;

  constructor(storage: Storage, logger: Logger, clock: Clock = systemClock) {
    this.#storage = storage;
    this.#clock = clock;
    this.#emitter = new Emitter((error) =>
      logger.error('A listener for the store failed', { error }),
    );
  }

  get state(): StorageState {
    return this.#state;
  }

  on(event: 'change', listener: (state: StorageState) => void): Unsubscribe {
    if (!this.#watched) {
      this.#watched = true;
      this.#schedule();
    }
    return this.#emitter.on(event, listener);
  }

  /** Stops checking. The plugin closes the store itself. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  get(...args: Parameters<Storage['get']>): ReturnType<Storage['get']> {
    return this.#observe(this.#storage.get(...args));
  }

  list(...args: Parameters<Storage['list']>): ReturnType<Storage['list']> {
    return this.#observe(this.#storage.list(...args));
  }

  insert(...args: Parameters<Storage['insert']>): ReturnType<Storage['insert']> {
    return this.#observe(this.#storage.insert(...args));
  }

  replace(...args: Parameters<Storage['replace']>): ReturnType<Storage['replace']> {
    return this.#observe(this.#storage.replace(...args));
  }

  remove(...args: Parameters<Storage['remove']>): ReturnType<Storage['remove']> {
    return this.#observe(this.#storage.remove(...args));
  }

  watch(...args: Parameters<Storage['watch']>): ReturnType<Storage['watch']> {
    return this.#observe(this.#storage.watch(...args));
  }

  async #observe<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (hasCode(error, 'RK_STORAGE_IO')) void this.#check();
      throw error;
    }
  }

  /** Checks the store; checks do not overlap. */
  async #check(): Promise<void> {
    if (this.#checking || this.#stopped) return;
    this.#checking = true;
    this.#cancelTimer?.();
    try {
      await this.#storage.get(...PROBE);
      this.#setState({ available: true });
    } catch (error) {
      // Any other error is an answer.
      if (hasCode(error, 'RK_STORAGE_IO')) this.#setState({ available: false, error });
      else this.#setState({ available: true });
    } finally {
      this.#checking = false;
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#cancelTimer?.();
    if (this.#stopped || (this.#state.available && !this.#watched)) return;
    const pause = this.#state.available ? CHECK_MS : AWAY_CHECK_MS;
    this.#cancelTimer = this.#clock.after(pause, () => void this.#check());
  }

  #setState(state: StorageState): void {
    const changed = state.available !== this.#state.available;
    this.#state = state;
    if (changed && !this.#stopped) this.#emitter.emit('change', state);
  }
}
