import { RoomkeyError } from '@roomkey/core';
import type { Source } from '../device-name.js';
import { notAVideo } from './failures.js';
import type { NativeCapture, OpenCv } from './opencv.js';

/**
 * Opens a source. Blocks this process until OpenCV succeeds or gives up.
 *
 * @param platform as `process.platform`
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND`, `RK_CAMERA_BUSY`, `RK_CAMERA_FAILED`
 */
export function openSource(
  openCv: OpenCv,
  source: Source,
  platform: NodeJS.Platform = process.platform,
): NativeCapture {
  switch (source.kind) {
    case 'device':
      return attempt(
        () => openDevice(openCv, source.index, platform),
        platform === 'linux' ? 'RK_CAMERA_BUSY' : 'RK_CAMERA_NOT_FOUND',
        platform === 'linux'
          ? `The camera /dev/video${source.index} exists but does not open. Another program is probably using it: close that program, then try again.`
          : `There is no camera number ${source.index}, or another program is using it. Connect it, or close that program, then try again.`,
      );
    case 'file':
      return attempt(
        () => new openCv.VideoCapture(source.path),
        'RK_CAMERA_FAILED',
        notAVideo(source.path).message,
      );
    case 'url':
      return attempt(
        () => new openCv.VideoCapture(source.href),
        'RK_CAMERA_FAILED',
        `The server ${new URL(source.href).host} answers but sends no video. Check the path, the user and the password in the address.`,
      );
    case 'pipeline':
      return attempt(
        () => new openCv.VideoCapture(source.text, openCv.CAP_GSTREAMER),
        'RK_CAMERA_FAILED',
        'The GStreamer pipeline does not start, or this OpenCV was built without GStreamer. Try it with gst-launch-1.0; it has to end in appsink.',
      );
  }
}

/** On Windows, the default backend fails for some cameras that DirectShow opens. */
export function openDevice(
  openCv: Pick<OpenCv, 'VideoCapture' | 'CAP_DSHOW'>,
  index: number,
  platform: NodeJS.Platform,
): NativeCapture {
  try {
    return new openCv.VideoCapture(index);
  } catch (error) {
    if (platform !== 'win32') throw error;
    return new openCv.VideoCapture(index, openCv.CAP_DSHOW);
  }
}

function attempt(
  open: () => NativeCapture,
  code: 'RK_CAMERA_BUSY' | 'RK_CAMERA_FAILED' | 'RK_CAMERA_NOT_FOUND',
  message: string,
): NativeCapture {
  try {
    return open();
  } catch (cause) {
    throw new RoomkeyError(code, message, { cause });
  }
}
