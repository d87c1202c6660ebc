/** Parses messages of the page side. It runs in a different program, so all input is validated. */
import { MAX_UNIT_BYTES, readVideoUnit, type VideoUnit } from '@roomkey/core';
import { z } from 'zod';
import { PREFIX_BYTES, readPrefix, type FromPage, type UnitPrefix } from './messages.js';

const number = z.int().min(0);

const fromPageSchema: z.ZodType<FromPage> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('devices'),
    id: number,
    devices: z.array(
      z.object({
        id: z.string().min(1),
        label: z.string().min(1),
        kind: z.enum(['camera', 'screen']).exactOptional(),
      }),
    ),
  }),
  z.object({ kind: z.literal('opened'), source: number }),
  z.object({
    kind: z.literal('failed'),
    source: number,
    failure: z.object({ name: z.string(), message: z.string() }),
  }),
  z.object({
    kind: z.literal('lost'),
    source: number,
    reason: z.enum(['ended', 'broken']),
    message: z.string(),
  }),
  z.object({ kind: z.literal('closed'), source: number }),
]);

/** Parses a text message. @returns undefined if it is invalid */
export function parseFromPage(text: string): FromPage | undefined {
  try {
    return fromPageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Parses a binary message; the unit's data are a view of the message.
 *
 * @throws RangeError if it has no unit, or one that is too large
 */
export function readUnitMessage(message: Uint8Array): UnitPrefix & { readonly unit: VideoUnit } {
  const prefix = readPrefix(message);
  const unit = message.subarray(PREFIX_BYTES);
  if (unit.length > MAX_UNIT_BYTES) throw new RangeError(`a unit of ${unit.length} bytes`);
  return { ...prefix, unit: readVideoUnit(unit) };
}
