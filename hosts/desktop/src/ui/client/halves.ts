import type { PageEntry } from '@roomkey/core/host';
import { HalfEnd } from '../../messages/half-end.js';

/** What the halves may do, and what is said of those that do not work. */
export interface HalvesEvents {
  send(half: number, message: string | Uint8Array): void;
  showPreview(stream: MediaStream | undefined): void;
  /** A half could not be loaded or failed at once. */
  onFailure(module: string, cause: unknown): void;
}

/**
 * The plugins' halves in this page. Each is imported once and called for each connection to the app:
 * after a break, and after another page had the app, its other half is a new one too.
 */
export class Halves {
  readonly #events: HalvesEvents;
  #running: { readonly module: string; readonly channel: HalfEnd }[] = [];

  constructor(events: HalvesEvents) {
    this.#events = events;
  }

  /** Runs these, and ends those that are not among them. */
  run(modules: readonly string[]): void {
    const before = this.#running;
    this.#running = modules.map((module, index) => {
      const same = before[index];
      if (same?.module === module) return same;
      const channel = new HalfEnd((message) => this.#events.send(index, message));
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
    this.#running[half]?.channel.receive(message);
  }

  async #start(module: string, channel: HalfEnd): Promise<void> {
    try {
      const half = (await import(/* @vite-ignore */ module)) as { default: PageEntry };
      half.default({ channel, showPreview: (stream) => this.#events.showPreview(stream) });
    } catch (cause) {
      this.#events.onFailure(module, cause);
    }
  }

  #end(channel: HalfEnd): void {
    channel.close();
    this.#events.showPreview(undefined);
  }
}
