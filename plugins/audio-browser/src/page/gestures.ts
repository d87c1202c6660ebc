/** Events with which a browser takes a page for used, so that it may play sound. */
const GESTURES = ['pointerup', 'keydown', 'click'] as const;

/**
 * Starts loudspeakers that the browser holds back: a page may play sound only after a click or a key,
 * anywhere in it. The window need not do anything; it can ask whether sound waits.
 */
export class Gestures {
  readonly #contexts = new Set<AudioContext>();
  readonly #closing = new AbortController();
  #onChange: (isBlocked: boolean) => void = () => undefined;
  #wasBlocked = false;

  constructor() {
    const options = { capture: true, signal: this.#closing.signal };
    for (const name of GESTURES) document.addEventListener(name, () => void this.resume(), options);
  }

  /** Whether a loudspeaker is silent until the next click or key. */
  get isBlocked(): boolean {
    return [...this.#contexts].some(({ state }) => state === 'suspended');
  }

  /** Sets the listener for changes of `isBlocked`. */
  onChange(listener: (isBlocked: boolean) => void): void {
    this.#onChange = listener;
  }

  add(context: AudioContext): void {
    this.#contexts.add(context);
    context.addEventListener('statechange', () => this.#check(), { signal: this.#closing.signal });
    this.#check();
  }

  delete(context: AudioContext): void {
    this.#contexts.delete(context);
    this.#check();
  }

  /** Lets loudspeakers play; call it in the handler of a click or a key. */
  async resume(): Promise<void> {
    const blocked = [...this.#contexts].filter(({ state }) => state === 'suspended');
    // One that is closed meanwhile is of no interest.
    await Promise.allSettled(blocked.map((context) => context.resume()));
  }

  close(): void {
    this.#closing.abort();
    this.#contexts.clear();
    this.#check();
  }

  #check(): void {
    const { isBlocked } = this;
    if (isBlocked === this.#wasBlocked) return;
    this.#wasBlocked = isBlocked;
    this.#onChange(isBlocked);
  }
}
