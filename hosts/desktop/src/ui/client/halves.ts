import type { PageChannel, PageEntry } from '@roomkey/core/host';

/** What the halves may do, and what is said of those that do not work. */
export interface HalvesEvents {
  send(half: number, message: string | Uint8Array): void;
  showPreview(stream: MediaStream | undefined): void;
  /** A half could not be loaded or failed at once. */
  onFailure(module: string, cause: unknown): void;
}

/** One half's end of its channel. */
class HalfChannel implements PageChannel {
  readonly #send: PageChannel['send'];
  #listener: ((message: string | Uint8Array) => void) | undefined;
  #closeListener: (() => void) | undefined;
  readonly #waiting: (string | Uint8Array)[] = [];
  #isClosed = false;

  constructor(send: PageChannel['send']) {
    this.#send = send;
  }

  send(message: string | Uint8Array): void {
    if (!this.#isClosed) this.#send(message);
  }

  onMessage(listener: (message: string | Uint8Array) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    this.#closeListener = listener;
    if (this.#isClosed) listener();
  }

  deliver(message: string | Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#waiting.push(message);
    else this.#listener(message);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeListener?.();
  }
}

/**
 * The plugins' halves in this page. Each is imported once and called for each connection to the app:
 * after a break, and after another page had the app, its other half is a new one too.
 */
export class Halves {
  readonly #events: HalvesEvents;
  #running: { readonly module: string; readonly channel: HalfChannel }[] = [];

  constructor(events: HalvesEvents) {
    this.#events = events;
  }

  /** Runs these, and ends those that are not among them. */
  run(modules: readonly string[]): void {
    const before = this.#running;
    this.#running = modules.map((module, index) => {
      const same = before[index];
      if (same?.module === module) return same;
      const channel = new HalfChannel((message) => this.#events.send(index, message));
      void this.#start(module, channel);
      return { module, channel };
    });
    for (const half of before) if (!this.#running.includes(half)) this.#end(half.channel);
  }

  /** Ends all: their other halves are gone. */
  end(): void {
    this.run([]);
  }

  deliver(half: number, message: string | Uint8Array): void {
    this.#running[half]?.channel.deliver(message);
  }

  async #start(module: string, channel: HalfChannel): Promise<void> {
    try {
      const half = (await import(/* @vite-ignore */ module)) as { default: PageEntry };
      half.default({ channel, showPreview: (stream) => this.#events.showPreview(stream) });
    } catch (cause) {
      this.#events.onFailure(module, cause);
    }
  }

  #end(channel: HalfChannel): void {
    channel.close();
    this.#events.showPreview(undefined);
  }
}
