import type { CaptureRequest } from '@roomkey/core';
import { lost } from './failures.js';
import { readPicture, setProperty, type Mat, type NativeCapture, type OpenCv } from './opencv.js';
import { FrameRateLimiter, type PictureSource } from './picture-source.js';

/** Consecutive empty reads after which a device counts as lost; a single one may be a glitch. */
const MAX_EMPTY_READS = 3;

/** A device or a stream, which delivers pictures at its own pace. */
export class LivePictures implements PictureSource {
  readonly #capture: NativeCapture;
  readonly #rate: FrameRateLimiter;

  constructor(capture: NativeCapture, request: CaptureRequest) {
    this.#capture = capture;
    this.#rate = new FrameRateLimiter(request.fps);
  }

  async next(): Promise<Mat | undefined> {
    for (let attempt = 0; attempt < MAX_EMPTY_READS; attempt++) {
      const picture = await readPicture(this.#capture);
      if (!picture.empty && this.#rate.admits(performance.now())) return picture;
      picture.release();
      if (!picture.empty) return undefined;
    }
    throw lost('The camera stopped sending video. Reconnect it, then start it again.');
  }

  release(): void {
    this.#capture.release();
  }
}

/** Asks a device for the mode nearest to what a call wants; units then say what came of it. */
export async function chooseMode(
  openCv: OpenCv,
  capture: NativeCapture,
  request: CaptureRequest,
): Promise<void> {
  // USB 2 carries uncompressed 1280 × 720 at only 10 frames per second, and Linux leaves the choice
  // to us; no effect if the camera has no MJPEG.
  if (process.platform === 'linux') {
    await setProperty(capture, openCv.CAP_PROP_FOURCC, MJPG);
  }
  await setProperty(capture, openCv.CAP_PROP_FRAME_WIDTH, request.width);
  await setProperty(capture, openCv.CAP_PROP_FRAME_HEIGHT, request.height);
  await setProperty(capture, openCv.CAP_PROP_FPS, request.fps);
}

/** The FourCC in OpenCV's little-endian form. */
const MJPG = Buffer.from('MJPG').readUInt32LE();
