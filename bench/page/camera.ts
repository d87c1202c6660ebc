// Replaces this page's camera.
import type { Painted } from './bench-page.js';
import type { ToCamera } from './camera-worker.js';

/**
 * A track of pictures that the page makes. TypeScript's DOM does not know it; Chromium has it in
 * windows. https://w3c.github.io/mediacapture-transform
 */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(options: { readonly kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

export class PaintedCamera {
  readonly #worker = new Worker(new URL('./camera-worker.ts', import.meta.url), { type: 'module' });
  readonly #track = new MediaStreamTrackGenerator({ kind: 'video' });

  /** Call this when the page may start workers. */
  constructor() {
    const { writable } = this.#track;
    this.#worker.postMessage({ writable } satisfies ToCamera, [writable]);
    const media = navigator.mediaDevices;
    const open = media.getUserMedia.bind(media);
    media.getUserMedia = (constraints) =>
      constraints?.video === undefined
        ? open(constraints)
        : Promise.resolve(new MediaStream([this.open()]));
  }

  /** @returns a new track, which the caller may stop */
  open(): MediaStreamTrack {
    return this.#track.clone();
  }

  send(message: 'start' | 'stop' | 'forget'): void {
    this.#worker.postMessage(message satisfies ToCamera);
  }

  /** The pictures since `forget`. */
  painted(): Promise<readonly Painted[]> {
    return new Promise((resolve) => {
      this.#worker.onmessage = ({ data }: MessageEvent<readonly Painted[]>) => resolve(data);
      this.#worker.postMessage('report' satisfies ToCamera);
    });
  }
}
