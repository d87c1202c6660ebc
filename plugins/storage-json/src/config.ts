import { z } from 'zod';

/** Settings of `@roomkey/storage-json`. */
export const configSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the JSON files, relative to the configuration file; default: the user’s data folder.',
    ),
});
