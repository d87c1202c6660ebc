/**
 * MediaStreamTrackProcessor (W3C mediacapture-transform), which TypeScript's DOM types lack: a track's
 * sound as a stream. Chromium has it in windows.
 */
interface TrackProcessor {
  readonly readable: ReadableStream<AudioData>;
}

type TrackProcessorConstructor = new (options: {
  readonly track: MediaStreamTrack;
  /** Number of pieces that wait; the newest are kept. */
  readonly maxBufferSize: number;
}) => TrackProcessor;

/** Undefined if the browser lacks it. */
export const MediaStreamTrackProcessor = (
  globalThis as { MediaStreamTrackProcessor?: TrackProcessorConstructor }
).MediaStreamTrackProcessor;
