import type { Port } from '../../src/messages/index.js';

type Message = string | Uint8Array;

/** One end of an in-memory pair of ports. Messages arrive on the next turn of the event loop. */
export class MemoryPort implements Port {
  /** Extra pending bytes, set by a test: a page that does not read. */
  stuckBytes = 0;
  #other!: MemoryPort;
  #waiting: Message[] = [];
  #pending = 0;
  #isOpen = true;
  #onMessage: ((message: Message) => void) | undefined;
  #onClose: (() => void) | undefined;

  /** Creates connected ends. */
  static pair(): { readonly page: MemoryPort; readonly app: MemoryPort } {
    const [page, app] = [new MemoryPort(), new MemoryPort()];
    page.#other = app;
    app.#other = page;
    return { page, app };
  }

  get pendingBytes(): number {
    return this.stuckBytes + this.#pending;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(message: Message): void {
    if (!this.#isOpen) return;
    const copy = typeof message === 'string' ? message : Uint8Array.from(message);
    this.#pending += copy.length;
    setImmediate(() => {
      this.#pending -= copy.length;
      this.#other.#receive(copy);
    });
  }

  onMessage(listener: (message: Message) => void): void {
    this.#onMessage = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.#isOpen) this.#onClose = listener;
    else listener();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#end();
    // After earlier messages.
    setImmediate(() => this.#other.#end());
  }

  #receive(message: Message): void {
    if (!this.#isOpen) return;
    if (this.#onMessage === undefined) this.#waiting.push(message);
    else this.#onMessage(message);
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClose?.();
  }
}
