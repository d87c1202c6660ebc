import type { VideoCodec } from '@roomkey/core/host';
import { parameterSets, pixelsOfParameterSet } from './parameter-set.js';

/**
 * Maximum pixels of an image: more than displays have. An image of 1 MB can declare 500 million,
 * and decoding a few of those takes gigabytes.
 */
export const MAX_PIXELS = 4096 * 4096;

/**
 * Whether every size that a frame declares is within the limit. Sizes that are not understood are
 * not.
 */
export function isBearable(codec: VideoCodec, data: Uint8Array): boolean {
  switch (codec) {
    case 'jpeg':
      return pixelsOfJpeg(data) <= MAX_PIXELS;
    case 'vp8':
      return pixelsOfVp8(data) <= MAX_PIXELS;
    case 'h264':
      return parameterSets(data)?.every((set) => pixelsOfParameterSet(set) <= MAX_PIXELS) ?? false;
  }
}

/**
 * Scans of a JPEG; a decoder visits all pixels for each. Roomkey's have one, progressive ones ten.
 */
const MAX_SCANS = 64;

/**
 * Walks the segments up to the frame header. ITU-T T.81, B.1.1 and B.2.2. Decoders skip fill bytes
 * and markers without a segment, which could hide another header; no encoder needs them there.
 */
function pixelsOfJpeg(data: Uint8Array): number {
  if (scansOfJpeg(data) > MAX_SCANS) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 2;
  while (at + 9 <= data.length && data[at] === 0xff) {
    const marker = view.getUint8(at + 1);
    // These three of C0 to CF are not frame headers.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return view.getUint16(at + 5) * view.getUint16(at + 7);
    }
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda) || marker === 0xff) return Infinity;
    at += 2 + view.getUint16(at + 2);
  }
  return Infinity;
}

function scansOfJpeg(data: Uint8Array): number {
  let scans = 0;
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) {
    if (data[at + 1] === 0xda) scans += 1;
  }
  return scans;
}

/**
 * Only key frames contain a size; this reads the actual type, not the sender's flag. RFC 6386,
 * section 9.1.
 */
function pixelsOfVp8(data: Uint8Array): number {
  const [tag = 1] = data;
  if ((tag & 1) === 1) return 0;
  if (data.length < 10) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return (view.getUint16(6, true) & 0x3fff) * (view.getUint16(8, true) & 0x3fff);
}
