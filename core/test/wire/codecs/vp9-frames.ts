import { bytesOf, concat, type Field } from './bits.js';

/** What to write into an uncompressed header. VP9 Bitstream & Decoding Process Specification, 6.2. */
export interface Vp9Frame {
  readonly type: 'key' | 'intra-only' | 'inter';
  readonly width: number;
  readonly height: number;
  readonly profile?: number;
  readonly isTwelveBit?: boolean;
  readonly isRgb?: boolean;
  readonly isHidden?: boolean;
  readonly isErrorResilient?: boolean;
  /** Which reference the size is that of, 0…2. */
  readonly sizeOf?: number;
  readonly syncCode?: number;
}

/** The beginning of a frame, up to its size, and a zero. */
export function vp9Frame(frame: Vp9Frame): Uint8Array {
  const { type, profile = 0, isHidden = type === 'intra-only', syncCode = 0x498342 } = frame;
  const isErrorResilient = frame.isErrorResilient === true;
  const size: Field[] = [
    [frame.width - 1, 16],
    [frame.height - 1, 16],
    [0, 1],
    // A frame does not end as an index does.
    [0, 8],
  ];
  const start: Field[] = [
    ...profileFields(profile),
    [0, 1],
    [type === 'key' ? 0 : 1, 1],
    [isHidden ? 0 : 1, 1],
    [isErrorResilient ? 1 : 0, 1],
  ];
  if (type === 'key') return bytesOf(...start, [syncCode, 24], ...colors(frame), ...size);
  if (isHidden) start.push([type === 'intra-only' ? 1 : 0, 1]);
  if (!isErrorResilient) start.push([0, 2]);
  if (type === 'intra-only') {
    const colorsThere = profile === 0 ? [] : colors(frame);
    return bytesOf(...start, [syncCode, 24], ...colorsThere, [1, 8], ...size);
  }
  start.push([1, 8], [0, 4], [2, 4], [4, 4]);
  const { sizeOf } = frame;
  if (sizeOf === undefined) return bytesOf(...start, [0, 3], ...size);
  return bytesOf(...start, [1, sizeOf + 1], [0, 9]);
}

/** `show_existing_frame`. */
export function vp9Shown(profile = 0): Uint8Array {
  return bytesOf(...profileFields(profile), [1, 1], [5, 3]);
}

function profileFields(profile: number): Field[] {
  const reserved: Field[] = profile === 3 ? [[0, 1]] : [];
  return [[2, 2], [profile & 1, 1], [profile >> 1, 1], ...reserved];
}

function colors({ profile = 0, isTwelveBit, isRgb }: Vp9Frame): Field[] {
  const depth: Field[] = profile >= 2 ? [[isTwelveBit === true ? 1 : 0, 1]] : [];
  const hasSubsampling = (profile & 1) === 1;
  if (isRgb === true) return [...depth, [7, 3], ...(hasSubsampling ? [[0, 1] as const] : [])];
  return [...depth, [2, 3], [0, 1], ...(hasSubsampling ? [[0b100, 3] as const] : [])];
}

/** Frames with an index behind them. B.2. */
export function superframe(
  frames: readonly Uint8Array[],
  { sizeBytes = 2, sizes = frames.map(({ length }) => length) } = {},
): Uint8Array {
  const marker = (0b110 << 5) | ((sizeBytes - 1) << 3) | (sizes.length - 1);
  const written = sizes.flatMap((size) =>
    Array.from({ length: sizeBytes }, (_, byte) => (size >> (8 * byte)) & 255),
  );
  return concat(...frames, [marker], written, [marker]);
}
