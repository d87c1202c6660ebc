import {
  RoomkeyError,
  checkCaptureRequest,
  type Camera,
  type CameraDevice,
  type CaptureRequest,
  type FrameSource,
  type OperationOptions,
} from '@roomkey/core';
import { parseDeviceName, type Source } from './device-name.js';
import { listDevices, NO_CAMERA } from './devices.js';
import { notAVideo, openSource } from './open-source.js';
import { loadOpenCv, type Mat } from './opencv.js';
import { FilePictures, LivePictures, chooseMode, type PictureSource } from './picture-source.js';
import { startLoop } from './start-loop.js';

/** What the camera is told by its plugin. */
export interface OpenCvCameraOptions {
  /** What a call that names no device gets; default: the first camera there is. */
  readonly device?: string | undefined;
  /** Where relative paths of files start. */
  readonly base: string;
}

/** Cameras, files and streams through OpenCV. Reading, scaling and encoding happen on other threads. */
export class OpenCvCamera implements Camera {
  readonly #options: OpenCvCameraOptions;

  constructor(options: OpenCvCameraOptions) {
    this.#options = options;
  }

  async devices({ signal }: OperationOptions = {}): Promise<readonly CameraDevice[]> {
    signal?.throwIfAborted();
    const devices = await listDevices();
    signal?.throwIfAborted();
    return devices;
  }

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<FrameSource> {
    signal?.throwIfAborted();
    checkCaptureRequest(request);
    const name = request.deviceId ?? this.#options.device ?? (await this.devices())[0]?.id;
    if (name === undefined) {
      throw new RoomkeyError('RK_CAMERA_NOT_FOUND', NO_CAMERA);
    }
    const openCv = loadOpenCv();
    const source = parseDeviceName(name, this.#options.base);
    const capture = await openSource(openCv, source, signal);
    try {
      await chooseMode(openCv, capture, source, request);
      const pictures =
        source.kind === 'file'
          ? new FilePictures(openCv, capture, request)
          : new LivePictures(capture, request);
      const first = await takeFirst(pictures, source);
      if (signal?.aborted === true) first.release();
      signal?.throwIfAborted();
      return startLoop(openCv, capture, pictures, first, request);
    } catch (error) {
      capture.release();
      throw error;
    }
  }
}

/** A camera that opens and gives nothing is not open. */
async function takeFirst(pictures: PictureSource, source: Source): Promise<Mat> {
  const never = new AbortController().signal;
  const picture = await pictures.next(never).catch((cause: unknown) => {
    throw source.kind === 'file'
      ? notAVideo(source.path)
      : new RoomkeyError(
          'RK_CAMERA_FAILED',
          'The camera opens and gives no picture. Another program may have it: close that one, or connect the camera again.',
          { cause },
        );
  });
  if (picture === undefined) throw new Error('The first picture is never left out.');
  return picture;
}
