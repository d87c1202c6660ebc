import { z } from 'zod';
import type { FromPage } from './page/messages.js';

const number = z.int().min(0);

/** Text messages of the page module: untrusted, so they are validated. */
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
