import { z } from 'zod';

export const configSchema = z.strictObject({
  device: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What a call that names no device gets: a number, or file:PATH, url:URL or pipeline:TEXT. Default: the first camera.',
    ),
});
