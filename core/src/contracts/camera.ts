import type { OperationOptions } from './options.js';
import { token } from './token.js';

/**
 * How a frame's bytes are encoded: `jpeg` (ITU-T T.81, baseline), which every peer can show; `h264`
 * (ITU-T H.264 in the byte stream format of Annex B, with the parameter sets in every key frame) and
 * `vp8` (RFC 6386, one frame), whose frames build on those before them.
 */
export type VideoCodec = 'jpeg' | 'h264' | 'vp8';

/** What every encoded picture says of itself. */
interface EncodedFrame {
  /** The encoded picture, 1 byte to 1 MiB less 64 bytes. */
  readonly data: Uint8Array;
  /** Pixels, 1…65,535. */
  readonly width: number;
  /** Pixels, 1…65,535. */
  readonly height: number;
  /** When the picture was taken: milliseconds since 1970, with fractions. */
  readonly capturedAt: number;
}

/** A picture that stands by itself. */
export interface JpegFrame extends EncodedFrame {
  readonly codec: 'jpeg';
}

/** A picture that may build on those before it, back to the last key frame. */
export interface DeltaFrame extends EncodedFrame {
  readonly codec: Exclude<VideoCodec, 'jpeg'>;
  /** Whether it can be decoded without those before it. */
  readonly isKey: boolean;
}

/** One encoded picture. The bytes are the receiver's: nobody writes to them again. */
export type VideoFrame = JpegFrame | DeltaFrame;

/** A camera that a person can choose. */
export interface CameraDevice {
  /** What `CaptureRequest.deviceId` takes. */
  readonly id: string;
  /** What a person is shown. */
  readonly label: string;
  /** Default: `camera`. A screen is offered to be shared in one call, and not as the camera of all. */
  readonly kind?: 'camera' | 'screen';
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
  /** Quality, 1…100: libjpeg's scale with `jpeg`; other codecs take a bit rate that looks like it. */
  readonly quality: number;
  /** What to encode with where camera and receiver both know it; default: the camera's choice. */
  readonly codec?: VideoCodec;
}

/** What a camera whose frames are encoded on demand is told of the one who receives them. */
export interface OnDemandEncoding {
  /**
   * Resolves with `RK_CAMERA_LOST` when the device goes away, so that it is known also while nobody
   * asks for a frame; the iteration throws the same. Does not reject, and not resolve after `close`.
   */
  readonly lost: Promise<Error>;
  /**
   * There is a receiver, perhaps a new one, which can show these; `jpeg` is among them. The next
   * frame is a key frame. Before the first call it is JPEG.
   */
  setCodecs(codecs: readonly VideoCodec[]): void;
  /** The receiver missed a frame, or cannot decode it: the next one is a key frame. */
  requestKeyFrame(): void;
}

/**
 * An open camera: an async iterable of frames, for one consumer.
 *
 * A slow consumer gets the newest frame and never a backlog: at most one frame waits. The iteration
 * ends without an error after `close()`, and throws `RK_CAMERA_LOST` when the device goes away.
 */
export interface FrameSource extends AsyncIterable<VideoFrame> {
  /**
   * Present where each frame is encoded only when the iteration asks for it, and so can build on the
   * one before: the newest picture at that moment, or the next one where it was taken already. A
   * call asks when it can send at once, and not while nobody is there; what the own camera sees,
   * such a source shows by itself.
   */
  readonly onDemand?: OnDemandEncoding;
  /** Changes the quality, 1…100, of the frames to come. @throws RangeError outside of it */
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
