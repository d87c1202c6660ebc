import { z } from 'zod';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { isIdentity } from '../secure/identity.js';
import { systemReason } from '../util/errno.js';
import { readPrivateFile } from './private-files.js';

/** A peer as the handshake shows it: the name is self-chosen, the identity is proven. */
export interface NamedIdentity {
  readonly name: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
}

/**
 * `new`: never met, or accepted but not met since; `same`: an accepted identity that was met;
 * `changed`: none of the accepted identities.
 */
export type IdentityStatus = 'new' | 'same' | 'changed';

/** Drops weak public keys, which can be shown without a private key. */
const identitiesSchema = z
  .array(z.string().regex(/^[0-9a-f]{64}$/))
  .transform((identities) => identities.filter((identity) => isIdentity(fromHex(identity))));
const fileSchema = z.strictObject({
  name: z.string(),
  accepted: identitiesSchema,
  pending: identitiesSchema,
  /** Accepted identities that were not met since. */
  unmet: identitiesSchema.default([]),
});

/** A known name as stored; identities in hexadecimal digits. */
export type KnownPeerFile = z.infer<typeof fileSchema>;

/**
 * Reads what is stored of a name; `undefined` if it is unknown.
 *
 * @throws RoomkeyError `RK_STORAGE_DAMAGED`
 */
export async function readKnownPeerFile(path: string): Promise<KnownPeerFile | undefined> {
  try {
    const text = await readPrivateFile(path);
    const file = text === undefined ? undefined : fileSchema.parse(JSON.parse(text));
    return file?.accepted.length === 0 ? undefined : file;
  } catch (error) {
    // Must not count as unknown: a changed identity would pass as new.
    throw unreadable(path, error);
  }
}

/** Compares a peer with the stored file of its name. */
export function identityStatus(
  file: KnownPeerFile | undefined,
  person: NamedIdentity,
): IdentityStatus {
  if (file === undefined) return 'new';
  const identity = toHex(person.identity);
  if (file.unmet.includes(identity)) return 'new';
  return file.accepted.includes(identity) ? 'same' : 'changed';
}

/** The error for a file of known peers that cannot be read; the file is not changed. */
export function unreadable(path: string, cause: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `The people you’ve met can’t be read from ${path}: ${systemReason(cause)}. The file was not changed; restore it, or remove it to forget this person.`,
    { cause },
  );
}
