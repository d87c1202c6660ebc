/**
 * Reads a track's images through a video element, for browsers without `MediaStreamTrackProcessor`.
 * Browsers render no video while the page is hidden, so there are no images then.
 */
export class FrameGrabber {
  readonly #video = document.createElement('video');
  readonly #onPicture: (image: ImageBitmap, capturedAt: number) => void;
  #closed = false;

  /** @param onPicture called with an image that it owns, and its capture time */
  constructor(
    track: MediaStreamTrack,
    onPicture: (image: ImageBitmap, capturedAt: number) => void,
  ) {
    this.#onPicture = onPicture;
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.srcObject = new MediaStream([track]);
    // Muted video may autoplay. If the track ends first, that is reported elsewhere.
    void this.#video.play().catch(() => undefined);
    this.#next();
  }

  close(): void {
    this.#closed = true;
    this.#video.srcObject = null;
  }

  #next(): void {
    this.#video.requestVideoFrameCallback((now, { captureTime = now }) => {
      void this.#grab(performance.timeOrigin + captureTime);
    });
  }

  async #grab(capturedAt: number): Promise<void> {
    const image = await createImageBitmap(this.#video).catch(() => undefined);
    if (this.#closed) {
      image?.close();
      return;
    }
    if (image !== undefined) this.#onPicture(image, capturedAt);
    this.#next();
  }
}
