import type { CaptureRequest } from '@roomkey/core';
import type { ToSource } from './messages.js';

/** Messages from the page to its worker: `start` first, then `track` or `image`. */
export type CaptureWorkerInput =
  | { readonly kind: 'start'; readonly source: number; readonly request: CaptureRequest }
  | { readonly kind: 'track'; readonly readable: ReadableStream<VideoFrame> }
  /** An image, if the browser has no stream of them; `capturedAt` as in a frame. */
  | { readonly kind: 'image'; readonly image: ImageBitmap; readonly capturedAt: number }
  | SourceCommand;

/** Commands from Node.js that the page passes on; the page handles closing itself. */
export type SourceCommand = Exclude<ToSource, { readonly kind: 'close' }>;

/** Messages from the worker to the page: encoded frames for Node.js, and */
export type CaptureWorkerOutput =
  | ArrayBuffer
  /** The first image has arrived. */
  | { readonly kind: 'picture' }
  /** Encoding failed for good. */
  | { readonly kind: 'broken'; readonly message: string };
