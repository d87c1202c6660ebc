import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger, PageChannel, PageLink } from '@roomkey/core/host';
import { HalfEnd } from '../messages/index.js';

/** What carries the messages of all halves to one page. */
export interface HalvesWire {
  /** The halves that the page imports; their number is the index. Comes again when there are more. */
  modules(urls: readonly string[]): void;
  send(half: number, message: string | Uint8Array): void;
}

interface AttachedHalf {
  readonly id: number;
  readonly url: string;
  readonly folder: string;
  readonly onPage: (channel: PageChannel) => void;
}

/** Folders and files below a half's folder, in letters that need no encoding and hide nothing. */
const HALF_PATH =
  /^(\d{1,4})\/((?:[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\/)*[A-Za-z0-9_@-][A-Za-z0-9_.@-]*)$/;

/** The halves of plugins that run in the page, and their channels to the page that is in use. */
export class PageHalves implements PageLink {
  readonly #logger: Logger;
  readonly #attached = new Map<number, AttachedHalf>();
  #nextId = 0;
  #page: PageHalfChannels | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  attach(module: URL, onPage: (channel: PageChannel) => void): () => void {
    const path = realpathSync(fileURLToPath(module));
    const id = this.#nextId++;
    const half: AttachedHalf = {
      id,
      url: `/halves/${String(id)}/${basename(path)}`,
      folder: dirname(path),
      onPage: (channel) => {
        try {
          onPage(channel);
        } catch (error) {
          this.#logger.error('A plugin could not take its page', { error });
        }
      },
    };
    this.#attached.set(id, half);
    this.#page?.add([half]);
    return () => this.#attached.delete(id);
  }

  /** Gives the halves a page, in the place of the one before, whose channels end. */
  open(wire: HalvesWire): PageHalfChannels {
    this.#page?.close();
    this.#page = new PageHalfChannels(wire);
    this.#page.add([...this.#attached.values()]);
    return this.#page;
  }

  /**
   * The file that is served as `/halves/<path>`.
   *
   * @param path as it stands in the URL; nothing of it is decoded
   * @returns its absolute path; undefined where it is no file in the folder of an attached half,
   * links followed
   */
  halfFile(path: string): string | undefined {
    const [, id, rest] = HALF_PATH.exec(path) ?? [];
    const folder = this.#attached.get(Number(id))?.folder;
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
export class PageHalfChannels {
  readonly #wire: HalvesWire;
  readonly #urls: string[] = [];
  readonly #channels: HalfEnd[] = [];
  #isOpen = true;

  constructor(wire: HalvesWire) {
    this.#wire = wire;
  }

  /** Has the page import these too. */
  add(halves: readonly AttachedHalf[]): void {
    if (!this.#isOpen) return;
    const added = halves.map(({ url, onPage }) => {
      const number = this.#urls.push(url) - 1;
      const channel = new HalfEnd((message) => this.#wire.send(number, message));
      this.#channels.push(channel);
      return { onPage, channel };
    });
    // Before anything that a plugin sends.
    this.#wire.modules([...this.#urls]);
    for (const { onPage, channel } of added) onPage(channel);
  }

  /** A message from the page. @returns whether there is such a half */
  receive(half: number, message: string | Uint8Array): boolean {
    const channel = this.#channels[half];
    channel?.receive(message);
    return channel !== undefined;
  }

  /** The page is gone; can be called twice. */
  close(): void {
    this.#isOpen = false;
    for (const channel of this.#channels) channel.close();
  }
}
