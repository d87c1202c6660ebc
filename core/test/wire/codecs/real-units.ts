import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { VideoCodec } from '../../../src/wire/codecs/index.js';

const execute = promisify(execFile);

/** What the units are encoded with: an encoder of ffmpeg, and what else it is told. */
export interface Encoding {
  readonly width: number;
  readonly height: number;
  /** Default: what calls have. */
  readonly encoder?: readonly string[];
  /** Default: `yuv420p`. */
  readonly pixels?: string;
  /** Pictures; default: 3. */
  readonly count?: number;
}

/** The sizes in which each codec is tried. */
export const sizes = [
  [65, 49],
  [640, 360],
  [1280, 720],
  [1920, 1080],
] as const;

const libvpx = ['-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0'];
const encoders: Readonly<Record<VideoCodec, readonly string[]>> = {
  jpeg: ['mjpeg'],
  h264: ['libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
  vp8: ['libvpx', ...libvpx],
  vp9: ['libvpx-vp9', ...libvpx],
  av1: ['libaom-av1', '-usage', 'realtime', '-cpu-used', '8'],
};

/** Encodes a moving picture with ffmpeg; the first unit is a key unit, and the only one. */
export async function encodeUnits(codec: VideoCodec, encoding: Encoding): Promise<Uint8Array[]> {
  const stream = await encode(codec, encoding);
  if (codec === 'jpeg') return split(stream, [0xff, 0xd8, 0xff]);
  // Before each picture there is a delimiter now.
  if (codec === 'h264') return split(stream, [0, 0, 0, 1, 9]);
  return unitsOfIvf(stream);
}

/**
 * The same in two passes, with which libvpx makes hidden frames.
 *
 * @param folder where the first pass writes what it finds
 */
export async function encodeUnitsTwice(
  codec: 'vp9',
  encoding: Encoding,
  folder: string,
): Promise<Uint8Array[]> {
  const pass = (number: string) =>
    encode(codec, encoding, ['-pass', number, '-passlogfile', join(folder, 'pass')]);
  await pass('1');
  return unitsOfIvf(await pass('2'));
}

async function encode(
  codec: VideoCodec,
  { width, height, encoder = encoders[codec], pixels = 'yuv420p', count = 3 }: Encoding,
  more: readonly string[] = [],
): Promise<Buffer> {
  const { stdout } = await execute(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30'],
      // The source itself makes no odd sizes.
      ...['-vf', `scale=${width}:${height},setsar=1`, '-pix_fmt', pixels],
      ...['-frames:v', String(count), '-c:v', ...encoder, ...more],
      ...(codec === 'h264' ? ['-bsf:v', 'h264_metadata=aud=insert'] : []),
      ...['-f', { jpeg: 'mjpeg', h264: 'h264', vp8: 'ivf', vp9: 'ivf', av1: 'ivf' }[codec], '-'],
    ],
    { encoding: 'buffer', maxBuffer: 1 << 26 },
  );
  return stdout;
}

/** What ffprobe decodes: the width and height of each picture. */
export async function probeSizes(units: readonly Uint8Array[]): Promise<[number, number][]> {
  const child = execute('ffprobe', [
    ...['-v', 'error', '-f', 'ivf', '-show_entries', 'frame=width,height', '-of', 'csv=p=0', '-'],
  ]);
  child.child.stdin?.end(ivfOf(units));
  const { stdout } = await child;
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number) as [number, number]);
}

function split(stream: Buffer, beginning: readonly number[]): Uint8Array[] {
  const mark = Uint8Array.from(beginning);
  const units: Uint8Array[] = [];
  for (let at = stream.indexOf(mark); at >= 0;) {
    const next = stream.indexOf(mark, at + 1);
    units.push(stream.subarray(at, next < 0 ? undefined : next));
    at = next;
  }
  return units;
}

const FILE_HEADER_BYTES = 32;
const UNIT_HEADER_BYTES = 12;

function unitsOfIvf(file: Buffer): Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = FILE_HEADER_BYTES; at < file.length;) {
    const begin = at + UNIT_HEADER_BYTES;
    at = begin + file.readUInt32LE(at);
    units.push(file.subarray(begin, at));
  }
  return units;
}

/** A file of AV1. */
function ivfOf(units: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.write('DKIF\0\0\x20\0AV01', 'latin1');
  header.writeUInt32LE(30, 16);
  header.writeUInt32LE(1, 20);
  const parts = units.flatMap((unit, number) => {
    const unitHeader = Buffer.alloc(UNIT_HEADER_BYTES);
    unitHeader.writeUInt32LE(unit.length, 0);
    unitHeader.writeUInt32LE(number, 4);
    return [unitHeader, unit];
  });
  return Buffer.concat([header, ...parts]);
}
