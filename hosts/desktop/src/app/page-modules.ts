import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger, PageChannel, PageModules } from '@roomkey/core/host';
import { ChannelEndpoint } from '../messages/index.js';

/** Sends plugin messages to one page. */
export interface PluginMessageSender {
  /**
   * Sends the URLs of all page modules. A module's index is its channel number. Sent again when
   * modules are added.
   */
  sendModules(urls: readonly string[]): void;
  send(plugin: number, message: string | Uint8Array): void;
}

interface RegisteredModule {
  readonly id: number;
  readonly url: string;
  readonly folder: string;
  readonly onPage: (channel: PageChannel) => void;
}

/**
 * Module id, then folders and files below the module's folder, in letters that need no escapes and
 * without a leading dot.
 */
const MODULE_PATH =
  /^(\d{1,4})\/((?:[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\/)*[A-Za-z0-9_@-][A-Za-z0-9_.@-]*)$/;

/** Registers plugins' page modules, and connects them to the active page. */
export class PageModuleRegistry implements PageModules {
  readonly #logger: Logger;
  readonly #modules = new Map<number, RegisteredModule>();
  #nextId = 0;
  #page: PluginChannels | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  register(module: URL, onPage: (channel: PageChannel) => void): () => void {
    const path = realpathSync(fileURLToPath(module));
    const id = this.#nextId++;
    const registered: RegisteredModule = {
      id,
      url: `/plugins/${String(id)}/${basename(path)}`,
      folder: dirname(path),
      onPage: (channel) => {
        try {
          onPage(channel);
        } catch (error) {
          this.#logger.error('A plugin failed on a new page', { error });
        }
      },
    };
    this.#modules.set(id, registered);
    this.#page?.add([registered]);
    return () => this.#modules.delete(id);
  }

  /** Connects all modules to a new page and closes the channels of the previous page. */
  open(wire: PluginMessageSender): PluginChannels {
    this.#page?.close();
    this.#page = new PluginChannels(wire);
    this.#page.add([...this.#modules.values()]);
    return this.#page;
  }

  /**
   * Resolves a request for `/plugins/<path>`.
   *
   * @param path as in the URL; escapes are not decoded
   * @returns the absolute path; `undefined` unless it is a file in the folder of a registered
   * module, after following links
   */
  moduleFile(path: string): string | undefined {
    const [, id, rest] = MODULE_PATH.exec(path) ?? [];
    const folder = this.#modules.get(Number(id))?.folder;
    if (folder === undefined || rest === undefined) return undefined;
    try {
      const file = realpathSync(join(folder, rest));
      return file.startsWith(folder + sep) && statSync(file).isFile() ? file : undefined;
    } catch {
      // Missing or unreadable: not served either way.
      return undefined;
    }
  }
}

/** The Node.js ends of the channels to one page. */
export class PluginChannels {
  readonly #wire: PluginMessageSender;
  readonly #urls: string[] = [];
  readonly #channels: ChannelEndpoint[] = [];
  #isOpen = true;

  constructor(wire: PluginMessageSender) {
    this.#wire = wire;
  }

  /** Makes the page import these modules too. */
  add(modules: readonly RegisteredModule[]): void {
    if (!this.#isOpen) return;
    const added = modules.map(({ url, onPage }) => {
      const number = this.#urls.push(url) - 1;
      const channel = new ChannelEndpoint((message) => this.#wire.send(number, message));
      this.#channels.push(channel);
      return { onPage, channel };
    });
    // The page must know the modules before a plugin sends anything.
    this.#wire.sendModules([...this.#urls]);
    for (const { onPage, channel } of added) onPage(channel);
  }

  /** Handles a message from the page. @returns whether the module exists */
  receive(plugin: number, message: string | Uint8Array): boolean {
    const channel = this.#channels[plugin];
    channel?.receive(message);
    return channel !== undefined;
  }

  /** Call when the page is gone. Idempotent. */
  close(): void {
    this.#isOpen = false;
    for (const channel of this.#channels) channel.close();
  }
}
