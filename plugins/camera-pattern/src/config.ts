import { z } from 'zod';

/** There is nothing to set: size, rate and quality come with each call. */
export const configSchema = z.strictObject({});
