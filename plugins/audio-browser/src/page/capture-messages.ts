import type { AudioUnitMs } from '@roomkey/core';

/** Messages of the page to the worker of an input: `start` first. */
export type CaptureWorkerInput =
  | {
      readonly kind: 'start';
      readonly device: number;
      readonly unitMs: AudioUnitMs;
      /** Whether units are due before the first sound. */
      readonly mayBeSilent: boolean;
      readonly readable: ReadableStream<AudioData>;
    }
  | { readonly kind: 'muted'; readonly muted: boolean; readonly generation: number };

/** What the worker sends the page: units for Node, each a binary message in memory of its own, and */
export type CaptureWorkerOutput =
  | ArrayBuffer
  /** The first sound has arrived. */
  | { readonly kind: 'sound' }
  /** Encoding failed for good. */
  | { readonly kind: 'broken'; readonly message: string };
