import { z } from 'zod';
import { ESCAPES, hasNoSrvRecords, hasUnescaped } from './connection-string.js';

const DATABASE = /^[A-Za-z0-9_-]{1,63}$/;
const DATABASE_RULE = '1 to 63 of A-Z a-z 0-9 _ -';

/** Settings of `@roomkey/storage-mongo`. */
export const configSchema = z.strictObject({
  uri: z
    .string('must be set, for example to { "env": "MONGO_URI" }')
    // No more than this is looked at here: the driver reads it, and is loaded only where it is used.
    .regex(
      /^mongodb(\+srv)?:\/\/[^/?]/,
      'must be a connection string that begins with mongodb:// or mongodb+srv:// and names a server',
    )
    .refine((uri) => !hasUnescaped(uri), {
      error: `must have special characters of the user name and the password as %XX (${ESCAPES})`,
      abort: true,
    })
    .refine((uri) => !hasNoSrvRecords(uri), {
      error:
        'must begin with mongodb://, since localhost and addresses have no SRV records for mongodb+srv://',
    })
    .refine((uri) => DATABASE.test(databaseIn(uri) ?? 'x'), {
      error: `must name a database of ${DATABASE_RULE}, or none`,
    })
    .describe(
      'Connection string of the MongoDB server. Holds a password, so let it come from a variable: { "env": "MONGO_URI" }.',
    ),
  database: z
    .string()
    .regex(DATABASE, `must be ${DATABASE_RULE}`)
    .optional()
    .describe(
      'Name of the database; default: the one that the connection string names, or roomkey.',
    ),
});

export type Config = z.infer<typeof configSchema>;

/** The database to use. */
export function databaseOf({ uri, database }: Config): string {
  return database ?? databaseIn(uri) ?? 'roomkey';
}

/** The database that the connection string names. */
function databaseIn(uri: string): string | undefined {
  const path = /^[^:]+:\/\/[^/?]*\/([^?]*)/.exec(uri)?.[1] ?? '';
  return path === '' ? undefined : path;
}
