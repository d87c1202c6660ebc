import { promisify } from 'node:util';
import { CaptureLoop, captureTime, type CaptureRequest, type VideoSource } from '@roomkey/core';
import type { Mat, OpenCv } from './opencv.js';
import type { PictureSource } from './picture-source.js';

/**
 * Makes units of pictures until it is closed, then releases their source.
 *
 * OpenCV encodes them: passing its pictures to another encoder needs a copy of each, which costs
 * what a faster encoder saves.
 *
 * @param first already taken, to check that the source delivers pictures; released here like all
 * others
 */
export function startLoop(
  openCv: OpenCv,
  pictures: PictureSource,
  first: Mat,
  request: CaptureRequest,
): VideoSource {
  const encode = promisify(openCv.imencodeAsync);
  let waiting: Mat | undefined = first;
  return new CaptureLoop({
    quality: request.quality,
    capture: async (limiter, closing) => {
      const taken = waiting ?? (await pictures.next(closing));
      waiting = undefined;
      if (taken === undefined) return undefined;
      const capturedAt = captureTime();
      const picture = await scaleDown(openCv, taken, request);
      try {
        const data = await limiter.encode((quality) =>
          encode('.jpg', picture, [openCv.IMWRITE_JPEG_QUALITY, quality]),
        );
        return {
          codec: 'jpeg',
          isKey: true,
          width: picture.cols,
          height: picture.rows,
          capturedAt,
          data,
        };
      } finally {
        picture.release();
      }
    },
    release: () => pictures.release(),
  });
}

/** Scales a picture down to the requested size, keeping its aspect ratio; takes ownership of it. */
async function scaleDown(openCv: OpenCv, picture: Mat, request: CaptureRequest): Promise<Mat> {
  const { rows, cols } = picture;
  const scale = Math.min(request.width / cols, request.height / rows);
  if (scale >= 1) return picture;
  try {
    return await promisify((done: (error: unknown, scaled: Mat) => void) =>
      picture.resizeAsync(
        Math.max(1, Math.round(rows * scale)),
        Math.max(1, Math.round(cols * scale)),
        0,
        0,
        openCv.INTER_AREA,
        done,
      ),
    )();
  } finally {
    picture.release();
  }
}
