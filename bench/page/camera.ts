// Takes the place of this page's camera.
import type { Painted } from './bench-page.js';
import type { ToCamera } from './camera-worker.js';

/**
 * A track of pictures that the page makes, which TypeScript's DOM does not know. Chromium has it in
 * windows. https://w3c.github.io/mediacapture-transform
 */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(options: { readonly kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

export class PaintedCamera {
  readonly #worker = new Worker(new URL('./camera-worker.ts', import.meta.url), { type: 'module' });
  readonly #track = new MediaStreamTrackGenerator({ kind: 'video' });

  /** Make it when the page may have workers. */
  constructor() {
    const { writable } = this.#track;
    this.#worker.postMessage({ writable } satisfies ToCamera, [writable]);
    navigator.mediaDevices.getUserMedia = () => Promise.resolve(new MediaStream([this.open()]));
  }

  /** @returns a track of its own, which may be stopped */
  open(): MediaStreamTrack {
    return this.#track.clone();
  }

  tell(what: 'start' | 'stop' | 'forget'): void {
    this.#worker.postMessage(what satisfies ToCamera);
  }

  /** The pictures since it was told to forget. */
  painted(): Promise<readonly Painted[]> {
    return new Promise((resolve) => {
      this.#worker.onmessage = ({ data }: MessageEvent<readonly Painted[]>) => resolve(data);
      this.#worker.postMessage('tell' satisfies ToCamera);
    });
  }
}
