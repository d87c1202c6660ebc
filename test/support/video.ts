import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A video's frames as brightness, one byte per pixel. */
export interface GrayVideo {
  readonly frameBytes: number;
  readonly frames: readonly Uint8Array[];
}

/** The size at which frames are compared; small, so that many comparisons are quick. */
export const WIDTH = 320;
export const HEIGHT = 180;

/** Creates a real video file of a moving picture, in two variants. */
export async function makeVideo(path: string, variant: 'a' | 'b', seconds: number): Promise<void> {
  const source = variant === 'a' ? 'testsrc2' : 'mandelbrot=start_scale=0.5';
  const size = `${variant === 'a' ? '=' : ':'}size=${WIDTH}x${HEIGHT}:rate=25`;
  // Motion JPEG at its best quality, so that the measured loss is Roomkey's, not the file's.
  await execute('ffmpeg', [
    ...['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', `${source}${size}`],
    ...['-t', String(seconds), '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '1', path],
  ]);
}

/** Decodes a file with ffmpeg. */
export async function decodeGray(path: string): Promise<GrayVideo> {
  const frameBytes = WIDTH * HEIGHT;
  const { stdout } = await execute(
    'ffmpeg',
    ['-loglevel', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
    { encoding: 'buffer', maxBuffer: 1 << 29 },
  );
  const frames = [];
  for (let offset = 0; offset + frameBytes <= stdout.length; offset += frameBytes) {
    frames.push(stdout.subarray(offset, offset + frameBytes));
  }
  return { frameBytes, frames };
}

/** The number of frames that ffprobe decodes. */
export async function countFrames(path: string): Promise<number> {
  const { stdout } = await execute('ffprobe', [
    ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
    ...['-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', path],
  ]);
  return Number(stdout.trim());
}

/** Peak signal-to-noise ratio of two pictures of one byte per pixel, dB. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    sum += difference * difference;
  }
  return 10 * Math.log10((255 * 255 * a.length) / Math.max(sum, 1));
}

/** For each frame, its PSNR against the most similar frame of the source, dB. */
export function similarity(seen: GrayVideo, source: GrayVideo): number[] {
  return seen.frames.map((frame) =>
    Math.max(...source.frames.map((original) => psnr(frame, original))),
  );
}
