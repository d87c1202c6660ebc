import { Pacer, RoomkeyError, type CaptureRequest } from '@roomkey/core';
import type { Source } from './device-name.js';
import { readPicture, setProperty, type Mat, type NativeCapture, type OpenCv } from './opencv.js';

/** Gives the pictures of an open source at the rate that was asked for. */
export interface PictureSource {
  /**
   * The next picture, for the caller to release; undefined where one was left out to keep the rate.
   *
   * @throws RoomkeyError `RK_CAMERA_LOST` where there is none any more
   */
  next(closing: AbortSignal): Promise<Mat | undefined>;
}

/** A file stands for a camera: it plays at its own rate, and begins again at its end. */
export class FilePictures implements PictureSource {
  readonly #openCv: OpenCv;
  readonly #capture: NativeCapture;
  readonly #pacer: Pacer;
  /** What share of the file's pictures is shown. */
  readonly #share: number;
  #count = 0;

  constructor(openCv: OpenCv, capture: NativeCapture, request: CaptureRequest) {
    this.#openCv = openCv;
    this.#capture = capture;
    const rate = capture.get(openCv.CAP_PROP_FPS);
    // Some files do not say; no camera is faster than 240.
    const own = rate > 0 && rate <= 240 ? rate : 25;
    this.#pacer = new Pacer(own);
    this.#share = Math.min(1, request.fps / own);
  }

  async next(closing: AbortSignal): Promise<Mat | undefined> {
    await this.#pacer.next(closing);
    let picture = await readPicture(this.#capture);
    if (picture.empty) {
      picture.release();
      await setProperty(this.#capture, this.#openCv.CAP_PROP_POS_FRAMES, 0);
      picture = await readPicture(this.#capture);
    }
    if (picture.empty)
      throw lost(
        'The video file ended and cannot be played again from its start. Check that it is still there.',
      );
    const count = this.#count++;
    if (Math.floor(count * this.#share) > Math.floor((count - 1) * this.#share)) return picture;
    picture.release();
    return undefined;
  }
}

/** Empty readings in a row after which a device is taken for gone: one may be a hiccup. */
const PATIENCE = 3;

/** A device or a stream gives pictures when it has them. */
export class LivePictures implements PictureSource {
  readonly #capture: NativeCapture;
  readonly #interval: number;
  #due = 0;

  constructor(capture: NativeCapture, request: CaptureRequest) {
    this.#capture = capture;
    this.#interval = 1000 / request.fps;
  }

  async next(): Promise<Mat | undefined> {
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const picture = await readPicture(this.#capture);
      if (!picture.empty) return this.#atRate(picture);
      picture.release();
    }
    throw lost('The camera gives no more pictures. Connect it again, then start it again.');
  }

  #atRate(picture: Mat): Mat | undefined {
    const now = performance.now();
    // A quarter of an interval early is the camera's unsteadiness, not a higher rate.
    if (now < this.#due - this.#interval / 4) {
      picture.release();
      return undefined;
    }
    this.#due = Math.max(this.#due, now - this.#interval) + this.#interval;
    return picture;
  }
}

/** Asks a device for the mode nearest to what a call wants; frames then say what came of it. */
export async function chooseMode(
  openCv: OpenCv,
  capture: NativeCapture,
  source: Source,
  request: CaptureRequest,
): Promise<void> {
  if (source.kind !== 'device') return;
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

function lost(message: string): RoomkeyError {
  return new RoomkeyError('RK_CAMERA_LOST', message);
}
