/** Parses messages of the page side. It runs in a different program, so all input is validated. */
import { opusPacketBytes, readBytesUnit, type AudioUnit } from '@roomkey/core';
import { z } from 'zod';
import { PREFIX_BYTES, readPrefix, type FromPage, type UnitPrefix } from './messages.js';

const number = z.int().min(0);
const figure = z.number().min(0);
const device = z.object({ id: z.string().min(1), label: z.string().min(1) });
const inputs = z.array(device.extend({ kind: z.enum(['microphone', 'screen']).exactOptional() }));

const fromPageSchema: z.ZodType<FromPage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('devices'), id: number, inputs, outputs: z.array(device) }),
  z.object({ kind: z.literal('opened'), device: number }),
  z.object({
    kind: z.literal('failed'),
    device: number,
    failure: z.object({ name: z.string(), message: z.string() }),
  }),
  z.object({
    kind: z.literal('lost'),
    device: number,
    reason: z.enum(['ended', 'broken']),
    message: z.string(),
  }),
  z.object({
    kind: z.literal('statistics'),
    device: number,
    received: number,
    statistics: z.object({
      depthMs: figure,
      targetMs: figure,
      playedSamples: number,
      concealedSamples: number,
      lateUnits: number,
      underruns: number,
      level: figure.max(1),
    }),
  }),
  z.object({ kind: z.literal('closed'), device: number }),
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
 * @throws RangeError if it has no unit, or one of a length that tells something
 */
export function readUnitMessage(message: Uint8Array): Pick<UnitPrefix, 'device' | 'generation'> & {
  readonly unit: AudioUnit;
} {
  const { device, generation, samples, muted, level } = readPrefix(message);
  const { capturedAt, data } = readBytesUnit(message.subarray(PREFIX_BYTES));
  if (data.length !== opusPacketBytes(samples)) {
    throw new RangeError(`${samples} samples in ${data.length} bytes`);
  }
  if (!(level >= 0 && level <= 1)) throw new RangeError(`a level of ${level}`);
  return { device, generation, unit: { data, capturedAt, samples, muted, level } };
}
