import type { AudioOutputStatistics } from '@roomkey/core';

/** What the page sends the worker of a loudspeaker: first a port to the worklet, then units of Node. */
export type PlaybackWorkerInput =
  { readonly kind: 'start'; readonly worklet: MessagePort } | ArrayBuffer;

/** What the worker sends the page, about five times a second. */
export interface PlaybackReport {
  /** The number of units that it was given. */
  readonly received: number;
  readonly statistics: AudioOutputStatistics;
}

/** What the worker sends the worklet: the sound of a unit, as the jitter buffer takes it. */
export interface SoundMessage {
  /** Where it changes, another stream begins. */
  readonly stream: number;
  readonly number: number;
  readonly mediaTimeUs: number;
  readonly samples: Float32Array;
  readonly arrivalMs: number;
}

/** The name of the worklet's processor. */
export const PROCESSOR = 'roomkey-playback';
