import { VIDEO_HEADER_BYTES, writeVideoHeader, type NumberedVideoUnit } from '@roomkey/core/wire';
import { PREFIX_BYTES, writePrefix, type UnitPrefix } from '../messages.js';

/** Where the encoded picture begins in a binary message for Node. */
export const PICTURE_OFFSET = PREFIX_BYTES + VIDEO_HEADER_BYTES;

/** Writes what comes before the picture, which is in its place already. */
export function writeUnitHeader(
  message: Uint8Array,
  prefix: UnitPrefix,
  unit: Omit<NumberedVideoUnit, 'data'>,
): void {
  writePrefix(message, prefix);
  writeVideoHeader(message.subarray(PREFIX_BYTES), unit);
}
