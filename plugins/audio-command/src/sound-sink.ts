import { deferred, type RoomkeyError } from '@roomkey/core';

/** Where sound goes. */
export interface SoundSink {
  /** Resolves with `RK_AUDIO_LOST` when it takes no more. */
  readonly failed: Promise<RoomkeyError>;
  /** Takes the next samples, s16le at 48 kHz mono. Never waits; not called after `close`. */
  write(pcm: Uint8Array): void;
  /** Gives it back once all was written. Called once, does not reject. */
  close(): Promise<void>;
}

/** Hears everything, and keeps nothing. */
export const nowhere: SoundSink = {
  failed: deferred<RoomkeyError>().promise,
  write: () => undefined,
  close: () => Promise.resolve(),
};
