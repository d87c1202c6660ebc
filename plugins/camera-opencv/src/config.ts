import { z } from 'zod';

export const configSchema = z.strictObject({
  device: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Device for calls that name none: a number, file:PATH, url:URL or pipeline:TEXT. Default: the first camera.',
    ),
});
