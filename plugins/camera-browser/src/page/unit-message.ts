import { VIDEO_HEADER_BYTES, writeVideoHeader, type NumberedVideoUnit } from '@roomkey/core/wire';
import { PREFIX_BYTES, writePrefix, type UnitPrefix } from '../messages.js';

/** The offset of the encoded picture in a binary message for Node. */
export const PICTURE_OFFSET = PREFIX_BYTES + VIDEO_HEADER_BYTES;

/** Writes the bytes before the picture, which is already in place. */
export function writeUnitHeader(
  message: Uint8Array,
  prefix: UnitPrefix,
  unit: Omit<NumberedVideoUnit, 'data'>,
): void {
  writePrefix(message, prefix);
  writeVideoHeader(message.subarray(PREFIX_BYTES), unit);
}
