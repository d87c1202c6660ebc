type Message = string | Uint8Array;

/** Gives messages to a listener, in their order; what comes before there is one waits for it. */
export class BufferedListener {
  #waiting: Message[] = [];
  #listener: ((message: Message) => void) | undefined;
  #isClosed = false;

  deliver(message: Message): void {
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#waiting.push(message);
    else this.#listener(message);
  }

  /** From now on they go to `listener`, in the place of the one before. */
  setListener(listener: (message: Message) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) this.deliver(message);
  }

  /** Nothing is given any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }
}
