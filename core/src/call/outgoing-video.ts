import type { Camera, CaptureRequest, VideoFrame } from '../contracts/camera.js';
import { CameraFeed } from './camera-feed.js';
import { Sender, type FrameReceiver, type SenderCounts } from './sender.js';

/** The own picture's way: from the camera, through flow control, to the partner who is there. */
export class OutgoingVideo {
  readonly #sender = new Sender();
  readonly #feed: CameraFeed;

  constructor(
    camera: Camera,
    handlers: { onPreview(frame: VideoFrame): void; onLost(error: unknown): void },
  ) {
    this.#feed = new CameraFeed(camera, this.#sender, handlers);
  }

  /** Starts the camera, or another one in its place. */
  async startCamera(request: CaptureRequest, signal: AbortSignal): Promise<void> {
    await this.#feed.start(request, signal);
  }

  /** Stops the camera; can be called twice. */
  async stopCamera(): Promise<void> {
    await this.#feed.stop();
  }

  /** Changes the quality, 1…100, of the frames to come, where a camera runs. */
  setQuality(quality: number): void {
    this.#feed.setQuality(quality);
  }

  /** There is a partner, perhaps a new one, to whom frames can be sent. */
  connect(receiver: FrameReceiver): void {
    // The camera learns of the codecs before the first frame is asked for.
    this.#feed.setCodecs(receiver.codecs);
    this.#sender.start(receiver);
  }

  /** The partner is gone. */
  disconnect(): void {
    this.#sender.stop();
    this.#feed.setCodecs(undefined);
  }

  /** @returns whether such a frame was ever sent */
  acknowledge(number: number): boolean {
    return this.#sender.acknowledge(number);
  }

  /** The partner cannot decode what comes. */
  requestKeyFrame(): void {
    this.#feed.requestKeyFrame();
  }

  get counts(): SenderCounts {
    return this.#sender.counts;
  }
}
