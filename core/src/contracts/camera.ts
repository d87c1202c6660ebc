import type { OperationOptions } from './options.js';
import { token } from './token.js';

/**
 * Encoding of a frame: `jpeg` (ITU-T T.81, baseline), which every peer can show; `h264` (ITU-T
 * H.264 byte stream, Annex B, with the parameter sets in every key frame) and `vp8` (RFC 6386, one
 * frame), whose frames depend on earlier ones.
 */
export type VideoCodec = 'jpeg' | 'h264' | 'vp8';

/** Fields of every encoded frame. */
interface EncodedFrame {
  /** The encoded bytes: 1 byte to 1 MiB less 64 bytes. */
  readonly data: Uint8Array;
  /** Pixels, 1…65,535. */
  readonly width: number;
  /** Pixels, 1…65,535. */
  readonly height: number;
  /** Capture time: milliseconds since 1970, with fractions. */
  readonly capturedAt: number;
}

/** An independent frame. */
export interface JpegFrame extends EncodedFrame {
  readonly codec: 'jpeg';
}

/** A frame that may depend on earlier ones, back to the last key frame. */
export interface DeltaFrame extends EncodedFrame {
  readonly codec: Exclude<VideoCodec, 'jpeg'>;
  /** Whether it can be decoded without earlier frames. */
  readonly isKey: boolean;
}

/** One encoded frame. The receiver owns the bytes: no one writes to them again. */
export type VideoFrame = JpegFrame | DeltaFrame;

/** A camera that the user can choose. */
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
 * A call's request to a camera. The camera gives the nearest size and rate it has, never larger;
 * frames state their actual size.
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
  /** Frames per second, 1…120. */
  readonly fps: number;
  /**
   * Quality, 1…100: libjpeg's scale for `jpeg`; other codecs use a bit rate of similar appearance.
   */
  readonly quality: number;
  /** Codec to use if camera and receiver both support it. Default: the camera's choice. */
  readonly codec?: VideoCodec;
}

/** Control of a source that encodes frames on demand. */
export interface OnDemandEncoding {
  /**
   * Resolves with `RK_CAMERA_LOST` when the device disappears, even while no frame is requested;
   * the iteration throws the same error. Never rejects; does not resolve after `close`.
   */
  readonly lost: Promise<Error>;
  /**
   * Sets the codecs of the (possibly new) receiver; includes `jpeg`. The next frame is a key frame.
   * JPEG before the first call.
   */
  setCodecs(codecs: readonly VideoCodec[]): void;
  /** The receiver lost a frame or cannot decode it: the next one is a key frame. */
  requestKeyFrame(): void;
}

/**
 * An open camera: an async iterable of frames, for one consumer.
 *
 * A slow consumer gets the newest frame, never a backlog: at most one frame waits. The iteration
 * ends without an error after `close()`, and throws `RK_CAMERA_LOST` when the device disappears.
 */
export interface FrameSource extends AsyncIterable<VideoFrame> {
  /**
   * Present if the source encodes a frame only when the iteration asks for it, so that it can
   * depend on the previous one. It encodes the newest picture, or the next one if that was already
   * taken. A call asks when it can send at once, and not while it has no partner. Such a source
   * shows its own preview.
   */
  readonly onDemand?: OnDemandEncoding;
  /** Changes the quality of future frames, 1…100. @throws RangeError if out of range */
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
  open(request: CaptureRequest, options?: OperationOptions): Promise<FrameSource>;
}

export const Camera = token<Camera>('camera');
