import { open, type FileHandle } from 'node:fs/promises';
import type { Mat } from './opencv.js';

/** How to turn a picture upright: transpose first, then mirror. */
export interface Orientation {
  readonly transpose: boolean;
  /** Swaps left and right. */
  readonly mirrorX: boolean;
  /** Swaps top and bottom. */
  readonly mirrorY: boolean;
}

/** Turns a picture upright; takes ownership of it. */
export function upright(picture: Mat, { transpose, mirrorX, mirrorY }: Orientation): Mat {
  let turned = picture;
  const replace = (next: Mat): void => {
    turned.release();
    turned = next;
  };
  if (transpose) replace(turned.transpose());
  if (mirrorX || mirrorY) replace(turned.flip(!mirrorY ? 1 : !mirrorX ? 0 : -1));
  return turned;
}

/**
 * Reads the orientation of an MP4 or QuickTime video from the matrix in its track header. OpenCV
 * reads it too, but with FFmpeg 5 its versions before 4.7 rotate the wrong way, and none mirrors.
 * ISO/IEC 14496-12, 6.2.2 and 8.3.2.
 *
 * @returns undefined for other files, and for angles that are not multiples of 90°
 */
export async function readOrientation(path: string): Promise<Orientation | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for await (const movie of boxes(file, { start: 0, end: size }, 'moov')) {
      for await (const track of boxes(file, movie, 'trak')) {
        if (await isVideo(file, track)) return await orientationOfTrack(file, track);
      }
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Byte range of a box's content. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Maximum number of boxes at one level; more than any real file has. */
const MAX_BOXES = 1_000;

/** The boxes of a type directly within a span. ISO/IEC 14496-12, 4.2. */
async function* boxes(file: FileHandle, { start, end }: Span, type: string): AsyncGenerator<Span> {
  for (let at = start, count = 0; at + 8 <= end && count < MAX_BOXES; count += 1) {
    const header = await read(file, at, 16);
    let size = header.readUInt32BE(0);
    let headerSize = 8;
    if (size === 0) size = end - at;
    else if (size === 1) {
      size = Number(header.readBigUInt64BE(8));
      headerSize = 16;
    }
    if (size < headerSize || at + size > end) return;
    if (header.toString('latin1', 4, 8) === type) {
      yield { start: at + headerSize, end: at + size };
    }
    at += size;
  }
}

async function isVideo(file: FileHandle, track: Span): Promise<boolean> {
  for await (const media of boxes(file, track, 'mdia')) {
    for await (const { start } of boxes(file, media, 'hdlr')) {
      return (await read(file, start + 8, 4)).toString('latin1') === 'vide';
    }
  }
  return false;
}

async function orientationOfTrack(file: FileHandle, track: Span): Promise<Orientation | undefined> {
  for await (const { start } of boxes(file, track, 'tkhd')) {
    const [version] = await read(file, start, 1);
    // 32-bit or 64-bit times precede the matrix.
    const matrix = await read(file, start + (version === 1 ? 52 : 40), 20);
    const [a, b, c, d] = [0, 4, 12, 16].map((at) => matrix.readInt32BE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (b === 0 && c === 0) return { transpose: false, mirrorX: a < 0, mirrorY: d < 0 };
    if (a === 0 && d === 0) return { transpose: true, mirrorX: c < 0, mirrorY: b < 0 };
  }
  return undefined;
}

/** Bytes at a position; zeros after the end of the file. */
async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
