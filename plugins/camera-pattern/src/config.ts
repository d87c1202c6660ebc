import { z } from 'zod';

/** No settings: size, rate and quality come with each call. */
export const configSchema = z.strictObject({});
