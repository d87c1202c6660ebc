import type { CaptureRequest } from '@roomkey/core';
import { lost } from './failures.js';
import { readPicture, setProperty, type Mat, type NativeCapture, type OpenCv } from './opencv.js';
import { FrameRateLimiter, type PictureSource } from './picture-source.js';

/** Empty readings in a row after which a device is taken for gone: one may be a hiccup. */
const PATIENCE = 3;

/** A device or a stream gives pictures when it has them. */
export class LivePictures implements PictureSource {
  readonly #capture: NativeCapture;
  readonly #rate: FrameRateLimiter;

  constructor(capture: NativeCapture, request: CaptureRequest) {
    this.#capture = capture;
    this.#rate = new FrameRateLimiter(request.fps);
  }

  async next(): Promise<Mat | undefined> {
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const picture = await readPicture(this.#capture);
      if (!picture.empty && this.#rate.admits(performance.now())) return picture;
      picture.release();
      if (!picture.empty) return undefined;
    }
    throw lost('The camera gives no more pictures. Connect it again, then start it again.');
  }

  release(): void {
    this.#capture.release();
  }
}

/** Asks a device for the mode nearest to what a call wants; frames then say what came of it. */
export async function chooseMode(
  openCv: OpenCv,
  capture: NativeCapture,
  request: CaptureRequest,
): Promise<void> {
  // USB 2 carries 1280 × 720 uncompressed at 10 frames a second only, and Linux leaves the choice to
  // us; where the camera has no MJPEG this changes nothing.
  if (process.platform === 'linux') {
    await setProperty(capture, openCv.CAP_PROP_FOURCC, MJPG);
  }
  await setProperty(capture, openCv.CAP_PROP_FRAME_WIDTH, request.width);
  await setProperty(capture, openCv.CAP_PROP_FRAME_HEIGHT, request.height);
  await setProperty(capture, openCv.CAP_PROP_FPS, request.fps);
}

/** The FourCC as OpenCV packs it: little-endian. */
const MJPG = Buffer.from('MJPG').readUInt32LE();
