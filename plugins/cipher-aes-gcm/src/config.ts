import { z } from 'zod';

/** There is nothing to set: keys, nonces and the suite come from the protocol. */
export const configSchema = z.strictObject({});
