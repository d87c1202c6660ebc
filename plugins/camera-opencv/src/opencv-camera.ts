import {
  RoomkeyError,
  checkCaptureRequest,
  type Camera,
  type CameraDevice,
  type CaptureRequest,
  type OperationOptions,
  type VideoSource,
} from '@roomkey/core';
import { CaptureProcess } from './capture-process.js';
import { checkSource } from './check-source.js';
import { parseDeviceName } from './device-name.js';
import { listDevices, NO_CAMERA } from './devices.js';

/** Options from the plugin. */
export interface OpenCvCameraOptions {
  /** Device for requests that name none; default: the first camera. */
  readonly device?: string | undefined;
  /** Base folder of relative file paths. */
  readonly base: string;
}

/** Cameras, files and streams through OpenCV, each in its own process. */
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

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<VideoSource> {
    signal?.throwIfAborted();
    checkCaptureRequest(request);
    const name = request.deviceId ?? this.#options.device ?? (await this.devices())[0]?.id;
    if (name === undefined) {
      throw new RoomkeyError('RK_CAMERA_NOT_FOUND', NO_CAMERA);
    }
    const source = parseDeviceName(name, this.#options.base);
    await checkSource(source, signal);
    const capture = await CaptureProcess.start(signal);
    await capture.open(source, request, signal);
    return capture;
  }
}
