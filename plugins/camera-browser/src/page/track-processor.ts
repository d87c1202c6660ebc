/**
 * MediaStreamTrackProcessor (W3C mediacapture-transform), which TypeScript's DOM does not know:
 * a track's pictures as a stream, without a picture being drawn. Chromium has it in windows.
 */
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}

type TrackProcessorConstructor = new (options: {
  readonly track: MediaStreamTrack;
  /** Pictures that wait; the newest are kept. */
  readonly maxBufferSize: number;
}) => TrackProcessor;

/** Undefined where the browser has none. */
export const MediaStreamTrackProcessor = (
  globalThis as { MediaStreamTrackProcessor?: TrackProcessorConstructor }
).MediaStreamTrackProcessor;
