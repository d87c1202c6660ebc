import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { RoomkeyError } from '@roomkey/core';

/**
 * The part of @u4/opencv4nodejs's addon that we use. Its asynchronous functions run on libuv's
 * threads.
 */
export interface OpenCv {
  /** Opens synchronously; throws on failure. */
  readonly VideoCapture: new (source: string | number, backend?: number) => NativeCapture;
  readonly imencodeAsync: (
    extension: string,
    picture: Mat,
    flags: readonly number[],
    done: Done<Buffer>,
  ) => void;
  readonly CAP_ANY: number;
  readonly CAP_DSHOW: number;
  readonly CAP_GSTREAMER: number;
  readonly CAP_PROP_FRAME_WIDTH: number;
  readonly CAP_PROP_FRAME_HEIGHT: number;
  readonly CAP_PROP_FPS: number;
  readonly CAP_PROP_POS_FRAMES: number;
  readonly CAP_PROP_FOURCC: number;
  readonly CAP_PROP_POS_MSEC: number;
  readonly IMWRITE_JPEG_QUALITY: number;
  readonly INTER_AREA: number;
}

type Done<T> = (error: unknown, result: T) => void;

/** A picture in OpenCV's memory; `release` frees it without waiting for the garbage collector. */
export interface Mat {
  readonly rows: number;
  readonly cols: number;
  readonly empty: boolean;
  resizeAsync(
    rows: number,
    cols: number,
    fx: number,
    fy: number,
    interpolation: number,
    done: Done<Mat>,
  ): void;
  copy(): Mat;
  /** Swaps rows and columns. */
  transpose(): Mat;
  /** 1: left and right, 0: top and bottom, -1: both. */
  flip(code: -1 | 0 | 1): Mat;
  release(): void;
}

/** `CAP_PROP_ORIENTATION_AUTO` of OpenCV's `videoio.hpp`, missing in the addon. */
export const CAP_PROP_ORIENTATION_AUTO = 49;

export interface NativeCapture {
  /** Gives an empty picture at the end, and if the device is gone. */
  readAsync(done: Done<Mat>): void;
  get(property: number): number;
  setAsync(property: number, value: number, done: Done<boolean>): void;
  release(): void;
}

/** Reads the next picture in the background. */
export function readPicture(capture: NativeCapture): Promise<Mat> {
  return promisify((done: Done<Mat>) => capture.readAsync(done))();
}

/** Sets a property of a device, which may ignore it: its pictures show the result. */
export function setProperty(capture: NativeCapture, property: number, value: number) {
  return promisify((done: Done<boolean>) => capture.setAsync(property, value, done))();
}

/** Message if OpenCV cannot be loaded. */
export const NOT_BUILT =
  'OpenCV is not built here. Run `npm run setup:opencv` once, or choose a different camera.';

/** The addon's file; throws if its package is not installed. */
export function addonPath(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('@u4/opencv4nodejs'));
  return join(folder, '../../build/Release/opencv4nodejs.node');
}

/**
 * Loads OpenCV. Only capture processes call this.
 *
 * Loads the addon itself, not its package, which prints to standard output and sets environment
 * variables while it searches for an OpenCV to build.
 *
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` if it is not built, or does not fit this system
 */
export function loadOpenCv(): OpenCv {
  const libraries = process.env['OPENCV_BIN_DIR'];
  if (process.platform === 'win32' && libraries !== undefined && libraries !== '') {
    const path = process.env['PATH'] ?? '';
    if (!path.split(delimiter).includes(libraries)) {
      process.env['PATH'] = libraries + delimiter + path;
    }
  }
  try {
    return createRequire(import.meta.url)(addonPath()) as OpenCv;
  } catch (cause) {
    throw new RoomkeyError('RK_PLUGIN_UNAVAILABLE', NOT_BUILT, { cause });
  }
}
