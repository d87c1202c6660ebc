import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger, PageChannel, PageModules } from '@roomkey/core/host';
import { ChannelEndpoint } from '../messages/index.js';

/** What carries the messages of all halves to one page. */
export interface PluginMessageSender {
  /** The halves that the page imports; their number is the index. Comes again when there are more. */
  sendModules(urls: readonly string[]): void;
  send(plugin: number, message: string | Uint8Array): void;
}

interface RegisteredModule {
  readonly id: number;
  readonly url: string;
  readonly folder: string;
  readonly onPage: (channel: PageChannel) => void;
}

/** Folders and files below a half's folder, in letters that need no encoding and hide nothing. */
const MODULE_PATH =
  /^(\d{1,4})\/((?:[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\/)*[A-Za-z0-9_@-][A-Za-z0-9_.@-]*)$/;

/** The halves of plugins that run in the page, and their channels to the page that is in use. */
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
          this.#logger.error('A plugin could not take its page', { error });
        }
      },
    };
    this.#modules.set(id, registered);
    this.#page?.add([registered]);
    return () => this.#modules.delete(id);
  }

  /** Gives the halves a page, in the place of the one before, whose channels end. */
  open(wire: PluginMessageSender): PluginChannels {
    this.#page?.close();
    this.#page = new PluginChannels(wire);
    this.#page.add([...this.#modules.values()]);
    return this.#page;
  }

  /**
   * The file that is served as `/plugins/<path>`.
   *
   * @param path as it stands in the URL; nothing of it is decoded
   * @returns its absolute path; undefined where it is no file in the folder of an attached half,
   * links followed
   */
  moduleFile(path: string): string | undefined {
    const [, id, rest] = MODULE_PATH.exec(path) ?? [];
    const folder = this.#modules.get(Number(id))?.folder;
    if (folder === undefined || rest === undefined) return undefined;
    try {
      const file = realpathSync(join(folder, rest));
      return file.startsWith(folder + sep) && statSync(file).isFile() ? file : undefined;
    } catch {
      // It is not there, or not to be read: nothing to serve either way.
      return undefined;
    }
  }
}

/** The Node ends of the channels to one page. */
export class PluginChannels {
  readonly #wire: PluginMessageSender;
  readonly #urls: string[] = [];
  readonly #channels: ChannelEndpoint[] = [];
  #isOpen = true;

  constructor(wire: PluginMessageSender) {
    this.#wire = wire;
  }

  /** Has the page import these too. */
  add(modules: readonly RegisteredModule[]): void {
    if (!this.#isOpen) return;
    const added = modules.map(({ url, onPage }) => {
      const number = this.#urls.push(url) - 1;
      const channel = new ChannelEndpoint((message) => this.#wire.send(number, message));
      this.#channels.push(channel);
      return { onPage, channel };
    });
    // Before anything that a plugin sends.
    this.#wire.sendModules([...this.#urls]);
    for (const { onPage, channel } of added) onPage(channel);
  }

  /** A message from the page. @returns whether there is such a half */
  receive(plugin: number, message: string | Uint8Array): boolean {
    const channel = this.#channels[plugin];
    channel?.receive(message);
    return channel !== undefined;
  }

  /** The page is gone; can be called twice. */
  close(): void {
    this.#isOpen = false;
    for (const channel of this.#channels) channel.close();
  }
}
