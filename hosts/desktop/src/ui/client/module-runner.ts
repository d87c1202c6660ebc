import type { PageEntryPoint } from '@roomkey/core/host';
import { ChannelEndpoint } from '../../messages/channel-endpoint.js';

/** What the halves may do, and what is said of those that do not work. */
export interface ModuleRunnerEvents {
  send(plugin: number, message: string | Uint8Array): void;
  showPreview(stream: MediaStream | undefined): void;
  /** A half could not be loaded or failed at once. */
  onFailure(module: string, cause: unknown): void;
}

/**
 * The plugins' halves in this page. Each is imported once and called for each connection to the app:
 * after a break, and after another page had the app, its other half is a new one too.
 */
export class ModuleRunner {
  readonly #events: ModuleRunnerEvents;
  #running: { readonly module: string; readonly channel: ChannelEndpoint }[] = [];

  constructor(events: ModuleRunnerEvents) {
    this.#events = events;
  }

  /** Runs these, and ends those that are not among them. */
  run(modules: readonly string[]): void {
    const before = this.#running;
    this.#running = modules.map((module, index) => {
      const same = before[index];
      if (same?.module === module) return same;
      const channel = new ChannelEndpoint((message) => this.#events.send(index, message));
      void this.#start(module, channel);
      return { module, channel };
    });
    for (const one of before) if (!this.#running.includes(one)) this.#end(one.channel);
  }

  /** Ends all: their other halves are gone. */
  stop(): void {
    this.run([]);
  }

  deliver(plugin: number, message: string | Uint8Array): void {
    this.#running[plugin]?.channel.receive(message);
  }

  async #start(module: string, channel: ChannelEndpoint): Promise<void> {
    try {
      const loaded = (await import(/* @vite-ignore */ module)) as { default: PageEntryPoint };
      loaded.default({ channel, showPreview: (stream) => this.#events.showPreview(stream) });
    } catch (cause) {
      this.#events.onFailure(module, cause);
    }
  }

  #end(channel: ChannelEndpoint): void {
    channel.close();
    this.#events.showPreview(undefined);
  }
}
