type Message = string | Uint8Array;

/** Delivers messages to a listener in order, and queues those that arrive before it is set. */
export class BufferedListener {
  #waiting: Message[] = [];
  #listener: ((message: Message) => void) | undefined;
  #isClosed = false;

  deliver(message: Message): void {
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#waiting.push(message);
    else this.#listener(message);
  }

  /** Replaces the listener and delivers the queued messages. */
  setListener(listener: (message: Message) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) this.deliver(message);
  }

  /** Drops queued and later messages. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }
}
