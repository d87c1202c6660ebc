import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { RoomkeyError } from '@roomkey/core';

/** What we use of the addon of @u4/opencv4nodejs. Its asynchronous functions work on libuv's threads. */
export interface OpenCv {
  /** Opens at once and not in the background; throws where it cannot. */
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

/** A picture in OpenCV's memory, which `release` gives back without waiting for the collector. */
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
  /** Exchanges rows and columns. */
  transpose(): Mat;
  /** 1: left and right, 0: top and bottom, -1: both. */
  flip(code: -1 | 0 | 1): Mat;
  release(): void;
}

/** `CAP_PROP_ORIENTATION_AUTO`, which the addon does not name. OpenCV, `videoio.hpp`. */
export const CAP_PROP_ORIENTATION_AUTO = 49;

export interface NativeCapture {
  /** Gives an empty picture at the end, and where the device is gone. */
  readAsync(done: Done<Mat>): void;
  get(property: number): number;
  setAsync(property: number, value: number, done: Done<boolean>): void;
  release(): void;
}

/** Reads the next picture in the background. */
export function readPicture(capture: NativeCapture): Promise<Mat> {
  return promisify((done: Done<Mat>) => capture.readAsync(done))();
}

/** Asks a device for something; whether it complies shows in its pictures. */
export function setProperty(capture: NativeCapture, property: number, value: number) {
  return promisify((done: Done<boolean>) => capture.setAsync(property, value, done))();
}

/** Said where OpenCV cannot be loaded. */
export const NOT_BUILT =
  'OpenCV is not built here. Run `npm run setup:opencv` once, or choose another camera.';

/** The file of the addon; throws where its package is not installed. */
export function addonPath(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('@u4/opencv4nodejs'));
  return join(folder, '../../build/Release/opencv4nodejs.node');
}

/**
 * OpenCV. Only a capture process loads it.
 *
 * The addon itself is loaded and not the package around it, since that prints to standard output and
 * sets environment variables while it looks for an OpenCV to build.
 *
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` where it is not built, or does not fit this system
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
