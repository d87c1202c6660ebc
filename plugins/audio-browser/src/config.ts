import { z } from 'zod';

/** No settings: devices, processing and the length of units come with each call. */
export const configSchema = z.strictObject({});
