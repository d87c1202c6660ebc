import type { VideoCodecDefinition } from './definition.js';

/** RFC 6386. */
export const vp8 = {
  name: 'vp8',
  number: 3,
  hasDeltaUnits: true,
  browserCodec: 'vp8',
  pixelsOf,
} as const satisfies VideoCodecDefinition<'vp8'>;

/** Frame tag, start code, width, height; the upper two bits of these two are for scaling. */
const KEY_FRAME_HEADER_BYTES = 10;
const SIZE_MASK = 0x3fff;

/** Only a key frame says it, whatever its sender says that it is. RFC 6386, 9.1. */
function pixelsOf(data: Uint8Array): number {
  const [tag = 1] = data;
  if ((tag & 1) === 1) return 0;
  if (data.length < KEY_FRAME_HEADER_BYTES) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  return (width & SIZE_MASK) * (height & SIZE_MASK) || Infinity;
}
