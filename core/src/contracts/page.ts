import { token } from './token.js';

/**
 * A way between a plugin's half in the page and its half in Node, both in the same program: whole
 * messages, ordered. Text and binary messages arrive as what they were sent as.
 */
export interface PageChannel {
  /** Sends a message; nothing happens after the end. The caller writes to it no more. */
  send(message: string | Uint8Array): void;
  /**
   * Has every message given to `listener`, which takes the place of the one before. Messages that
   * come before there is one wait for it.
   */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /** Has `listener` called when the other half is gone; at once where it is gone already. */
  onClose(listener: () => void): void;
}

/** The browser's `MediaStream`, where the DOM's types are known. */
export type PageMediaStream = typeof globalThis extends { MediaStream: { prototype: infer T } }
  ? T
  : object;

/** What the page's half of a plugin is given: its end of the channel, and what it may do there. */
export interface PageContext {
  readonly channel: PageChannel;
  /** Shows the own picture without a way through Node; `undefined` takes it away. */
  showPreview(stream: PageMediaStream | undefined): void;
}

/** What the ES module of a page's half exports as its default: called once in every page. */
export type PageEntryPoint = (half: PageContext) => void;

/**
 * Offered by hosts that show a page: how a plugin has code of its own run there, as a camera of the
 * browser's must. One page at a time is in use; a newer one takes the place of the one before.
 */
export interface PageModules {
  /**
   * Serves a plugin's half of the page: every page imports the module and calls its default export,
   * a `PageEntryPoint`.
   *
   * @param module the ES module's `file:` URL; what lies in its folder is served beside it, and it
   * can load nothing from elsewhere
   * @param onPage given our end, for every page that comes; one that is there already counts
   * @returns has no further page import it
   */
  register(module: URL, onPage: (channel: PageChannel) => void): () => void;
}

export const PageModules = token<PageModules>('page');
