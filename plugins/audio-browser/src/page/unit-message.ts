import { bytesHeader, readBytesUnit, type BytesUnit } from '@roomkey/core/wire';
import { PREFIX_BYTES, readPrefix, writePrefix, type UnitPrefix } from '../messages.js';

/** A binary message with a unit, for Node. */
export function unitMessage(prefix: UnitPrefix, unit: BytesUnit): Uint8Array<ArrayBuffer> {
  const header = bytesHeader(unit);
  const message = new Uint8Array(PREFIX_BYTES + header.length + unit.data.length);
  writePrefix(message, prefix);
  message.set(header, PREFIX_BYTES);
  message.set(unit.data, PREFIX_BYTES + header.length);
  return message;
}

/** Reads a binary message of Node; the unit's data lie in its memory. */
export function readUnitMessage(message: Uint8Array): UnitPrefix & BytesUnit {
  return { ...readPrefix(message), ...readBytesUnit(message.subarray(PREFIX_BYTES)) };
}
