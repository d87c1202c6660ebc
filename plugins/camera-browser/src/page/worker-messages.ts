import type { CaptureRequest } from '@roomkey/core';
import type { SourceCommand } from '../messages.js';

/** Messages of the page to its worker: `start` first, then one of `track` and `image`. */
export type CaptureWorkerInput =
  | { readonly kind: 'start'; readonly source: number; readonly request: CaptureRequest }
  | { readonly kind: 'track'; readonly readable: ReadableStream<VideoFrame> }
  /** A picture, if the browser has no stream of them; `capturedAt` as in a unit. */
  | { readonly kind: 'image'; readonly image: ImageBitmap; readonly capturedAt: number }
  /** A message of Node to the device; the page itself handles closing. */
  | SourceCommand;

/** What the worker sends the page: units for Node, each a binary message in memory of its own, and */
export type CaptureWorkerOutput =
  | ArrayBuffer
  /** The first image has arrived. */
  | { readonly kind: 'picture' }
  /** Encoding failed for good. */
  | { readonly kind: 'broken'; readonly message: string };
