import { z } from 'zod';

/** There is nothing to set: device, size, rate, quality and codec come with each call. */
export const configSchema = z.strictObject({});
