import type { VideoCodec } from '@roomkey/core/host';
import { parameterSets, pixelsOfParameterSet } from './parameter-set.js';

/**
 * The most pixels that a picture may have: more than a screen has. A picture of one megabyte can say
 * that it has five hundred million, and decoding a few of those takes gigabytes.
 */
export const MAX_PIXELS = 4096 * 4096;

/** Whether all that a frame says of its size can be borne. What is not understood cannot. */
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

/** Scans of a JPEG; a decoder goes through all pixels for each. Ours have one, progressive ones ten. */
const MAX_SCANS = 64;

/**
 * Goes from segment to segment until the frame header. ITU-T T.81, B.1.1 and B.2.2. Decoders pass
 * over fill bytes and markers without a segment, behind which another header could be hidden; nobody
 * needs them there.
 */
function pixelsOfJpeg(data: Uint8Array): number {
  if (scansOfJpeg(data) > MAX_SCANS) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 2;
  while (at + 9 <= data.length && data[at] === 0xff) {
    const marker = view.getUint8(at + 1);
    // Of C0 to CF these three are tables.
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

/** Only a key frame says it, whatever its sender says that it is. RFC 6386, section 9.1. */
function pixelsOfVp8(data: Uint8Array): number {
  const [tag = 1] = data;
  if ((tag & 1) === 1) return 0;
  if (data.length < 10) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return (view.getUint16(6, true) & 0x3fff) * (view.getUint16(8, true) & 0x3fff);
}
