import { videoKinds, type VideoKind } from '@roomkey/core/wire';
import type { PageEntryPoint, PageSound } from '@roomkey/core/host';
import { ChannelEndpoint } from '../../messages/channel-endpoint.js';

/** What modules can do, and the report of their failures. */
export interface ModuleRunnerEvents {
  send(plugin: number, message: string | Uint8Array): void;
  showPreview(track: VideoKind, stream: MediaStream | undefined): void;
  offerSound(sound: PageSound | undefined): void;
  /** Called when a module could not be loaded or failed at once. */
  onFailure(module: string, cause: unknown): void;
}

/**
 * Runs the plugins' page modules. Each is imported once and called once per connection to the app:
 * after a reconnect, and after another page was active, its Node.js side is new.
 */
export class ModuleRunner {
  readonly #events: ModuleRunnerEvents;
  /** As a module has offered it, for the others. */
  #screenAudio: MediaStreamTrack | undefined;
  #running: { readonly module: string; readonly channel: ChannelEndpoint }[] = [];

  constructor(events: ModuleRunnerEvents) {
    this.#events = events;
  }

  /** Starts these modules and stops the others. */
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

  /** Stops all modules: their Node.js sides are gone. */
  stop(): void {
    this.run([]);
  }

  deliver(plugin: number, message: string | Uint8Array): void {
    this.#running[plugin]?.channel.receive(message);
  }

  async #start(module: string, channel: ChannelEndpoint): Promise<void> {
    try {
      const loaded = (await import(/* @vite-ignore */ module)) as { default: PageEntryPoint };
      loaded.default({
        channel,
        showPreview: (track, stream) => this.#events.showPreview(track, stream),
        offerSound: (sound) => this.#events.offerSound(sound),
        offerScreenAudio: (track) => (this.#screenAudio = track),
        screenAudio: () => this.#screenAudio,
      });
    } catch (cause) {
      this.#events.onFailure(module, cause);
    }
  }

  #end(channel: ChannelEndpoint): void {
    channel.close();
    for (const track of videoKinds) this.#events.showPreview(track, undefined);
    this.#screenAudio = undefined;
  }
}
