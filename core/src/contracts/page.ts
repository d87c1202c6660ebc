import type { VideoKind } from '../wire/index.js';
import { token } from './token.js';

/**
 * A channel between the two sides of a plugin: its page module, which runs in the page, and its
 * plugin code in Node.js. Messages arrive whole and in order; text arrives as a string, binary data
 * as a `Uint8Array`.
 */
export interface PageChannel {
  /**
   * Sends a message. Does nothing once the channel is closed. The caller must not write to the
   * bytes afterwards.
   */
  send(message: string | Uint8Array): void;
  /**
   * Sets the listener for messages and replaces the previous one. Messages that arrive before the
   * first listener is set are queued for it.
   */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /** Calls `listener` when the other side is gone, immediately if it already is. */
  onClose(listener: () => void): void;
}

/** The browser's `MediaStream` where the DOM types are loaded, otherwise `object`. */
export type PageMediaStream = typeof globalThis extends { MediaStream: { prototype: infer T } }
  ? T
  : object;

/**
 * What a page module gets from the host page: its end of the channel, and what it may ask of the
 * page.
 */
export interface PageContext {
  readonly channel: PageChannel;
  /**
   * Shows the own camera, or the own screen, without a way through Node; `undefined` takes it away.
   * Each kind has a stream of its own.
   */
  showPreview(kind: VideoKind, stream: PageMediaStream | undefined): void;
}

/**
 * The default export of a page module. Called once for each connection between a page and Node.js.
 */
export type PageEntryPoint = (half: PageContext) => void;

/**
 * Lets a plugin run code in the page, which it needs for browser APIs such as cameras. Offered by
 * hosts that show a page. One page is active at a time; a newer page replaces the active one.
 */
export interface PageModules {
  /**
   * Serves a plugin's page module. Every page imports it and calls its default export, a
   * `PageEntryPoint`.
   *
   * @param module `file:` URL of the ES module. Files in its folder are served beside it; it cannot
   * load anything from elsewhere.
   * @param onPage called with the Node.js end of the channel for every new active page, also for a
   * page that is already active
   * @returns unregisters the module: later pages don't import it
   */
  register(module: URL, onPage: (channel: PageChannel) => void): () => void;
}

export const PageModules = token<PageModules>('page');
