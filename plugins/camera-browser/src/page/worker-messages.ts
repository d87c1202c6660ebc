import type { CaptureRequest } from '@roomkey/core';
import type { ToSource } from './messages.js';

/** What the page tells its worker: `start` first, then one of `track` and `image`. */
export type CaptureWorkerInput =
  | { readonly kind: 'start'; readonly source: number; readonly request: CaptureRequest }
  | { readonly kind: 'track'; readonly readable: ReadableStream<VideoFrame> }
  /** A picture, where there is no stream of them; `capturedAt` as of a frame. */
  | { readonly kind: 'image'; readonly image: ImageBitmap; readonly capturedAt: number }
  | SourceCommand;

/** What Node tells an open device and the page passes on; closing is the page's own. */
export type SourceCommand = Exclude<ToSource, { readonly kind: 'close' }>;

/** What the worker tells the page: frames for Node in memory of their own, and */
export type CaptureWorkerOutput =
  | ArrayBuffer
  /** The first picture has come. */
  | { readonly kind: 'picture' }
  /** It cannot go on. */
  | { readonly kind: 'broken'; readonly message: string };
