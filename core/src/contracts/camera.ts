import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** How a frame's bytes are encoded. Every peer can show `jpeg` (ITU-T T.81, baseline). */
export type VideoCodec = 'jpeg';

/** One encoded picture. The bytes are the receiver's: nobody writes to them again. */
export interface VideoFrame {
  readonly codec: VideoCodec;
  /** The encoded picture, 1 byte to 1 MiB less 64 bytes. */
  readonly data: Uint8Array;
  /** Pixels, 1…65,535. */
  readonly width: number;
  /** Pixels, 1…65,535. */
  readonly height: number;
  /** When the picture was taken: milliseconds since 1970, with fractions. */
  readonly capturedAt: number;
}

/** A camera that a person can choose. */
export interface CameraDevice {
  /** What `CaptureRequest.deviceId` takes. */
  readonly id: string;
  /** What a person is shown. */
  readonly label: string;
}

/**
 * What a call asks of a camera. The camera gives the nearest it has, never larger; frames say what
 * they are.
 */
export interface CaptureRequest {
  /** One of `devices()`, or another name that the camera's documentation gives; default: the first. */
  readonly deviceId?: string;
  /** Pixels, 16…7,680. */
  readonly width: number;
  /** Pixels, 16…4,320. */
  readonly height: number;
  /** Frames a second, 1…120. */
  readonly fps: number;
  /** JPEG quality on libjpeg's scale, 1…100. */
  readonly quality: number;
}

/**
 * An open camera: an async iterable of frames, for one consumer.
 *
 * A slow consumer gets the newest frame and never a backlog: at most one frame waits. The iteration
 * ends without an error after `close()`, and throws `RK_CAMERA_LOST` when the device goes away.
 */
export interface FrameSource extends AsyncIterable<VideoFrame> {
  /** Changes the JPEG quality, 1…100, of the frames to come. @throws RangeError outside of it */
  setQuality(quality: number): void;
  /** Gives the device back; can be called twice. */
  close(): Promise<void>;
}

/** Where pictures come from. */
export interface Camera {
  /** The devices that are there now; an empty list is an answer, not an error. */
  devices(options?: OperationOptions): Promise<readonly CameraDevice[]>;
  /**
   * Opens a device and starts it.
   *
   * @throws RoomkeyError `RK_CAMERA_NOT_FOUND` where there is no such device or file,
   * `RK_CAMERA_BUSY` where another program has it, `RK_CAMERA_DENIED` where permission is refused,
   * `RK_CAMERA_FAILED` where it opens and gives no picture; RangeError where the request is outside
   * its ranges.
   */
  open(request: CaptureRequest, options?: OperationOptions): Promise<FrameSource>;
}

export const Camera = token<Camera>('camera');
