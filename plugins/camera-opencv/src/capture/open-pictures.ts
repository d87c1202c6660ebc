import { RoomkeyError, type CaptureRequest } from '@roomkey/core';
import type { Source } from '../device-name.js';
import { readOrientation } from './display-matrix.js';
import { notAVideo } from './failures.js';
import { FilePictures } from './file-pictures.js';
import { chooseMode, LivePictures } from './live-pictures.js';
import { openSource } from './open-source.js';
import {
  CAP_PROP_ORIENTATION_AUTO,
  setProperty,
  type Mat,
  type NativeCapture,
  type OpenCv,
} from './opencv.js';
import type { PictureSource } from './picture-source.js';

/** A source that delivered its first picture. */
export interface OpenedPictures {
  readonly pictures: PictureSource;
  /** Released by the caller. */
  readonly first: Mat;
}

/**
 * Opens a source and takes its first picture: a camera that opens but delivers nothing counts as
 * failed.
 *
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND`, `RK_CAMERA_BUSY`, `RK_CAMERA_FAILED`
 */
export async function openPictures(
  openCv: OpenCv,
  source: Source,
  request: CaptureRequest,
): Promise<OpenedPictures> {
  const pictures =
    source.kind === 'file'
      ? await openFile(openCv, source, request)
      : await openLive(openCv, source, request);
  try {
    const first = await pictures.next(new AbortController().signal);
    if (first === undefined) throw new Error('The first picture is never dropped.');
    return { pictures, first };
  } catch (cause) {
    pictures.release();
    throw source.kind === 'file'
      ? notAVideo(source.path)
      : new RoomkeyError(
          'RK_CAMERA_FAILED',
          'The camera opens but sends no video. Another program may be using it: close that program, or reconnect the camera.',
          { cause },
        );
  }
}

async function openFile(
  openCv: OpenCv,
  source: Extract<Source, { kind: 'file' }>,
  request: CaptureRequest,
): Promise<PictureSource> {
  const orientation = await readOrientation(source.path);
  const open = async (): Promise<NativeCapture> => {
    const capture = openSource(openCv, source);
    // Pictures are rotated here; prevent a second rotation.
    if (orientation !== undefined) await setProperty(capture, CAP_PROP_ORIENTATION_AUTO, 0);
    return capture;
  };
  return new FilePictures(openCv, await open(), open, request, orientation);
}

async function openLive(
  openCv: OpenCv,
  source: Source,
  request: CaptureRequest,
): Promise<PictureSource> {
  const capture = openSource(openCv, source);
  if (source.kind === 'device') await chooseMode(openCv, capture, request);
  return new LivePictures(capture, request);
}
