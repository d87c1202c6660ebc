/** Removes a listener; idempotent. */
export type Unsubscribe = () => void;

/**
 * Typed events. `Events` maps each event name to its listener's argument. A listener that throws is
 * reported and does not affect the emitter or other listeners.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();
  readonly #onListenerError: (error: unknown) => void;

  /** @param onListenerError receives what a listener threw */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  on<K extends keyof Events>(event: K, listener: (value: Events[K]) => void): Unsubscribe {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, (listeners = new Set()));
    // Wrapped, so that a function registered twice is called twice and removed one at a time.
    const entry = (value: Events[K]): void => listener(value);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  emit<K extends keyof Events>(event: K, value: Events[K]): void {
    const listeners = this.#listeners.get(event) as Set<(value: Events[K]) => void> | undefined;
    for (const listener of listeners ?? []) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
