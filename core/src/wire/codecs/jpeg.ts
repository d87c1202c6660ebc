import type { VideoCodecDefinition } from './definition.js';

/** ITU-T T.81. */
export const jpeg = {
  name: 'jpeg',
  number: 1,
  hasDeltaUnits: false,
  pixelsOf: (data) => (scansOf(data) > MAX_SCANS ? Infinity : pixelsOfFrameHeader(data)),
} as const satisfies VideoCodecDefinition<'jpeg'>;

/** Scans of a JPEG; a decoder goes through all pixels for each. Ours have one, progressive ones ten. */
const MAX_SCANS = 64;
/** Markers, each behind a byte 0xff. ITU-T T.81, table B.1. */
const START_OF_IMAGE = 0xd8;
const START_OF_SCAN = 0xda;
/** Frame headers have the markers C0 to CF, without these three. */
const NO_FRAME_HEADERS = [0xc4, 0xc8, 0xcc];

/**
 * Goes from segment to segment until the frame header. ITU-T T.81, B.1.1 and B.2.2. Decoders pass
 * over fill bytes and markers without a segment, behind which another header could be hidden; no
 * encoder puts them there.
 */
function pixelsOfFrameHeader(data: Uint8Array): number {
  // Decoders of pictures tell their kind by their first bytes, whatever they are said to be.
  if (data[0] !== 0xff || data[1] !== START_OF_IMAGE) return Infinity;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 2;
  while (at + 9 <= data.length && data[at] === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME_HEADERS.includes(marker)) {
      // Without lines: their number would come behind the first scan, B.2.5.
      return view.getUint16(at + 5) * view.getUint16(at + 7) || Infinity;
    }
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= START_OF_SCAN) || marker === 0xff) {
      return Infinity;
    }
    at += 2 + view.getUint16(at + 2);
  }
  return Infinity;
}

/** Their markers, wherever they are: in the coded pixels there is none, B.1.1.5. */
function scansOf(data: Uint8Array): number {
  let scans = 0;
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) {
    if (data[at + 1] === START_OF_SCAN) scans += 1;
  }
  return scans;
}
