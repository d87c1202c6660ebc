/**
 * MediaStreamTrackProcessor (W3C mediacapture-transform), which TypeScript's DOM types lack: a
 * track's images as a stream, without rendering. Chromium has it in windows.
 */
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}

type TrackProcessorConstructor = new (options: {
  readonly track: MediaStreamTrack;
  /** Number of buffered images; the newest are kept. */
  readonly maxBufferSize: number;
}) => TrackProcessor;

/** Undefined if the browser lacks it. */
export const MediaStreamTrackProcessor = (
  globalThis as { MediaStreamTrackProcessor?: TrackProcessorConstructor }
).MediaStreamTrackProcessor;
