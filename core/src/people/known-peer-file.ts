import { z } from 'zod';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { isIdentity } from '../secure/identity.js';
import { systemReason } from '../util/errno.js';
import { readPrivateFile } from './private-files.js';

/** Somebody as the handshake shows them: the name is theirs to choose, the identity is proven. */
export interface Person {
  readonly name: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
}

/**
 * `new`: never met, which one that was just accepted is too; `same`: an identity that was here before;
 * `changed`: another than any accepted one.
 */
export type IdentityStatus = 'new' | 'same' | 'changed';

/** What can be nobody's identity is left out: whoever shows it needs no key. */
const identitiesSchema = z
  .array(z.string().regex(/^[0-9a-f]{64}$/))
  .transform((identities) => identities.filter((identity) => isIdentity(fromHex(identity))));
const fileSchema = z.strictObject({
  name: z.string(),
  accepted: identitiesSchema,
  pending: identitiesSchema,
  /** Those of the accepted ones that were not met since. */
  unmet: identitiesSchema.default([]),
});

/** A name that was met, as it is kept; identities in hexadecimal digits. */
export type KnownPeerFile = z.infer<typeof fileSchema>;

/**
 * What is kept of a name; `undefined` where it was not met.
 *
 * @throws RoomkeyError `RK_STORAGE_DAMAGED`
 */
export async function readKnownPeerFile(path: string): Promise<KnownPeerFile | undefined> {
  try {
    const text = await readPrivateFile(path);
    const file = text === undefined ? undefined : fileSchema.parse(JSON.parse(text));
    return file?.accepted.length === 0 ? undefined : file;
  } catch (error) {
    // Never taken for "not met": that would let a changed person pass as a new one.
    throw unreadable(path, error);
  }
}

/** What a person is to whoever keeps this of their name. */
export function identityStatus(file: KnownPeerFile | undefined, person: Person): IdentityStatus {
  if (file === undefined) return 'new';
  const identity = toHex(person.identity);
  if (file.unmet.includes(identity)) return 'new';
  return file.accepted.includes(identity) ? 'same' : 'changed';
}

/** The error for what is kept of people and cannot be read; it is left as it is. */
export function unreadable(path: string, cause: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `Who was met before cannot be read from ${path}: ${systemReason(cause)}. It was left as it is; restore the file, or remove it to forget this person.`,
    { cause },
  );
}
