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

/** The browser's `MediaStreamTrack` where the DOM types are loaded, otherwise `object`. */
export type PageMediaStreamTrack = typeof globalThis extends {
  MediaStreamTrack: { prototype: infer T };
}
  ? T
  : object;

/** What an echo self-test found out, dB: what comes back of a sound, compared with what was played. */
export interface EchoTestResult {
  /** Without echo cancellation: how loud the microphone hears the loudspeaker. */
  readonly unprocessedDb: number;
  /** With it: what the other side would hear of itself. −40 and less is good. */
  readonly processedDb: number;
}

/** What a page module with a loudspeaker offers the window, besides what goes through Node.js. */
export interface PageSound {
  /**
   * Whether a loudspeaker is open and silent until the next click or key, anywhere in the page:
   * browsers want one before a page plays sound.
   */
  readonly isBlocked: boolean;
  /** Sets the listener for changes of `isBlocked`, and replaces the previous one. */
  onBlocked(listener: (isBlocked: boolean) => void): void;
  /** Has loudspeakers play. For handlers of a click or a key whose event goes no further. */
  resume(): Promise<void>;
  /**
   * Plays a short tone. Call it after a click.
   *
   * @param outputId a loudspeaker, as in an `AudioOutputRequest`
   * @throws DOMException `NotFoundError` if there is no such loudspeaker; `AbortError` if it may not
   * play
   */
  playTone(outputId?: string): Promise<void>;
  /**
   * Plays two short sounds, and measures what comes back in the microphone; for about four seconds.
   * Call it after a click.
   *
   * @param inputId a microphone, as in an `AudioInputRequest`
   * @param outputId as in `playTone`; only without an open loudspeaker
   * @throws DOMException as `getUserMedia`; `AbortError` if the loudspeaker may not play
   */
  testEcho(inputId?: string, outputId?: string): Promise<EchoTestResult>;
}

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
  /** Offers the window what the module can do with sound; `undefined` takes it away. */
  offerSound(sound: PageSound | undefined): void;
  /**
   * Offers the sound of the screen that this module shares to the module that sends sound; `undefined`
   * takes it away. The track is stopped by this module only.
   */
  offerScreenAudio(track: PageMediaStreamTrack | undefined): void;
  /** The sound of the shared screen, as a module has offered it. */
  screenAudio(): PageMediaStreamTrack | undefined;
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
