import { z } from 'zod';

/** No settings: device, size, frame rate, quality and codec come with each call. */
export const configSchema = z.strictObject({});
