import type { VideoCodec, VideoUnit } from '../wire/index.js';
import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A camera that a person can choose. */
export interface CameraDevice {
  /** Value for `CaptureRequest.deviceId`. */
  readonly id: string;
  /** Name for people. */
  readonly label: string;
  /**
   * Default: `camera`. A screen is offered for sharing within a call, not as the default camera.
   */
  readonly kind?: 'camera' | 'screen';
}

/**
 * What a call asks of a camera. The camera gives the nearest it has, never larger; units say what
 * they are.
 */
export interface CaptureRequest {
  /**
   * An id from `devices()`, or any other name in the camera's documentation. Default: the first
   * device.
   */
  readonly deviceId?: string;
  /** Pixels, 16…7,680. */
  readonly width: number;
  /** Pixels, 16…4,320. */
  readonly height: number;
  /** Pictures a second, 1…120. */
  readonly fps: number;
  /**
   * Quality, 1…100: libjpeg's scale for `jpeg`; other codecs use a bit rate of similar appearance.
   */
  readonly quality: number;
  /** Codec to use if camera and receiver both support it. Default: the camera's choice. */
  readonly codec?: VideoCodec;
}

/** What a source that encodes on credit is told of the one who receives its units. */
export interface CreditedEncoding {
  /**
   * Resolves with `RK_CAMERA_LOST` when the device goes away, so that it is known also while there is
   * no credit; the iteration throws the same. Does not reject, and not resolve after `close`.
   */
  readonly lost: Promise<Error>;
  /**
   * There is a receiver, perhaps a new one, which can decode these; `jpeg` is among them. Credit that
   * was given before is void, and so are units that were encoded on it: none is given any more. The
   * next unit is a key unit. Before the first call there is no credit.
   */
  setCodecs(codecs: readonly VideoCodec[]): void;
  /**
   * Gives credit for so many more units, at least 1: each is encoded from the newest picture when
   * there is one that was not sent yet.
   */
  grant(units: number): void;
  /** The receiver cannot decode what comes: the next unit is a key unit. */
  requestKeyUnit(): void;
}

/**
 * An open camera: an async iterable of units, for one consumer.
 *
 * A slow consumer gets the newest unit and never a backlog. The iteration ends without an error after
 * `close()`, and throws `RK_CAMERA_LOST` when the device goes away.
 */
export interface VideoSource extends AsyncIterable<VideoUnit> {
  /**
   * Present where a unit is encoded only on credit, and so can build on the one before: nothing that
   * was encoded is ever dropped. What the own camera sees, such a source shows without the call. A
   * source without it gives key units only, at its own rate.
   */
  readonly encoding?: CreditedEncoding;
  /** Changes the quality, 1…100, of the units to come. @throws RangeError outside of it */
  setQuality(quality: number): void;
  /** Releases the device; idempotent. */
  close(): Promise<void>;
}

/** A source of video frames. */
export interface Camera {
  /** The available devices; the list may be empty. */
  devices(options?: OperationOptions): Promise<readonly CameraDevice[]>;
  /**
   * Opens and starts a device.
   *
   * @throws RoomkeyError `RK_CAMERA_NOT_FOUND` if there is no such device or file, `RK_CAMERA_BUSY`
   * if another program uses it, `RK_CAMERA_DENIED` without permission, `RK_CAMERA_FAILED` if it
   * opens but delivers no picture; RangeError if the request is out of range
   */
  open(request: CaptureRequest, options?: OperationOptions): Promise<VideoSource>;
}

export const Camera = token<Camera>('camera');
