import { z } from 'zod';

/** No settings: keys, nonces and the suite come from the protocol. */
export const configSchema = z.strictObject({});
