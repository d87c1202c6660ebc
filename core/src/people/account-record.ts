import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AeadKey, Cipher, JsonObject, StoredDocument } from '../contracts/index.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import { concat, equalBytes, fromHex, lv, toHex, utf8 } from '../secure/bytes.js';
import {
  createIdentitySeed,
  identityFromSeed,
  isIdentity,
  type Identity,
} from '../secure/identity.js';
import { expandLabel } from '../secure/kdf.js';
import { nameKey, normalizeName } from './names.js';
import { hashPassword, parsePasswordHash, type PasswordHash } from './password-hash.js';

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);

/** Failed attempts since the last success, and until when the next must wait (ms since 1970). */
const counters = {
  failures: z.int().nonnegative().default(0),
  lockedUntil: z.number().default(0),
};

const accountSchema = z.strictObject({
  name: z.string(),
  /** Ed25519, 32 bytes. */
  publicKey: hex.length(64),
  /** PHC string. */
  password: z.string().max(200),
  /** The identity's seed: which cipher, and nonce ‖ ciphertext ‖ tag. */
  sealedSeed: z.strictObject({ suite: z.int(), data: hex.max(512) }),
  ...counters,
});

const importedSchema = z.strictObject({
  name: z.string(),
  /** PHC string over the 64 hexadecimal digits of the password's SHA-256. */
  legacyPassword: z.string().max(200),
  ...counters,
});

/** An account as it is stored; the document's id is the `nameKey` of its name. */
export type AccountRecord = z.infer<typeof accountSchema>;

/**
 * An account of the original app whose owner has not signed in yet. It has no identity: the hash
 * may be in many copies, so it verifies a password once and opens nothing.
 */
export type ImportedRecord = z.infer<typeof importedSchema>;

/** A record that was read back, understood. */
export interface StoredAccount {
  readonly id: string;
  readonly revision: number;
  readonly record: AccountRecord | ImportedRecord;
  readonly hash: PasswordHash;
}

/** Whether its owner has not signed in since it was imported. */
export function isImported(record: AccountRecord | ImportedRecord): record is ImportedRecord {
  return 'legacyPassword' in record;
}

/** The PHC string of the record's password; with its random salt none comes back. */
export function passwordOf(record: AccountRecord | ImportedRecord): string {
  return isImported(record) ? record.legacyPassword : record.password;
}

/**
 * Parses a stored account. Anyone who can write to the store may have changed it, so every value is
 * checked before it is used.
 *
 * @throws RoomkeyError `RK_ACCOUNT_DAMAGED`
 */
export function readAccount(document: StoredDocument): StoredAccount {
  const schema = 'legacyPassword' in document.value ? importedSchema : accountSchema;
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) throw damaged(document.id, faultOf(parsed.error));
  const record = parsed.data;
  if (!isNameOf(record.name, document.id)) {
    throw damaged(document.id, 'its name is not the one that it is stored under');
  }
  if (!isImported(record) && !isIdentity(fromHex(record.publicKey))) {
    throw damaged(record.name, 'its public key is not a valid identity');
  }
  const hash = parsePasswordHash(passwordOf(record));
  if (hash === undefined) {
    throw damaged(record.name, 'the parameters of its password hash are not allowed');
  }
  return { id: document.id, revision: document.revision, record, hash };
}

/** Uses the schema's own names only: stored names have any length, and may drive a terminal. */
function faultOf({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join('.') ?? '';
  return path === '' ? 'it has members that no account has' : `its “${path}” is not allowed`;
}

/** Whether a document is an account that can be used. */
export function isAccount(document: StoredDocument): boolean {
  try {
    readAccount(document);
    return true;
  } catch (error) {
    if (hasCode(error, 'RK_ACCOUNT_DAMAGED')) return false;
    throw error;
  }
}

/** As it goes into the store. */
export function accountValue(record: AccountRecord | ImportedRecord): JsonObject {
  return isImported(record) ? { ...record } : { ...record, sealedSeed: { ...record.sealedSeed } };
}

/**
 * An account with a fresh identity.
 *
 * @param name as `normalizeName` gives it
 */
export async function createAccount(
  cipher: Cipher,
  name: string,
  password: string,
): Promise<{ record: AccountRecord; seed: Uint8Array }> {
  const seed = createIdentitySeed();
  const { publicKey } = identityFromSeed(seed);
  const sealed = await sealAccount(cipher, name, publicKey, seed, password);
  const record = { name, publicKey: toHex(publicKey), ...sealed, failures: 0, lockedUntil: 0 };
  return { record, seed };
}

/** What an account's record has of a new password: its hash, and the seed sealed under it. */
export async function sealAccount(
  cipher: Cipher,
  name: string,
  publicKey: Uint8Array,
  seed: Uint8Array,
  newPassword: string,
): Promise<Pick<AccountRecord, 'password' | 'sealedSeed'>> {
  const { phc, key } = await hashPassword(newPassword);
  const sealedSeed = sealSeed(cipher, key, name, publicKey, seed);
  key.fill(0);
  return { password: phc, sealedSeed };
}

/**
 * Seals the seed of an identity under what scrypt gave, bound to the account's name and public key.
 *
 * @param key 32 bytes that only the account's password gives
 */
function sealSeed(
  cipher: Cipher,
  key: Uint8Array,
  name: string,
  publicKey: Uint8Array,
  seed: Uint8Array,
): AccountRecord['sealedSeed'] {
  const nonce = new Uint8Array(randomBytes(cipher.nonceLength));
  const sealed = sealingKey(cipher, key).seal(nonce, sealedFor(name, publicKey), [seed]);
  return { suite: cipher.suite, data: toHex(concat(nonce, ...sealed)) };
}

/**
 * Opens the seed of an account.
 *
 * @throws RoomkeyError `RK_ACCOUNT_DAMAGED` where name, public key or sealed seed were changed.
 */
export function openSeed(cipher: Cipher, key: Uint8Array, record: AccountRecord): Uint8Array {
  const { suite, data } = record.sealedSeed;
  if (suite !== cipher.suite) {
    throw damaged(record.name, `its key was sealed with cipher ${suite}, not with ${cipher.name}`);
  }
  const bytes = fromHex(data);
  const publicKey = fromHex(record.publicKey);
  let seed: Uint8Array;
  try {
    seed = sealingKey(cipher, key).open(
      bytes.subarray(0, cipher.nonceLength),
      sealedFor(record.name, publicKey),
      bytes.subarray(cipher.nonceLength),
    );
  } catch (cause) {
    throw damaged(record.name, 'its name, public key or sealed key was changed', cause);
  }
  identityOf(seed, record);
  return seed;
}

/**
 * The identity of the seed.
 *
 * @throws RoomkeyError `RK_ACCOUNT_DAMAGED` where it is not the account's.
 */
function identityOf(seed: Uint8Array, record: AccountRecord): Identity {
  const identity = seed.length === 32 ? identityFromSeed(seed) : undefined;
  if (identity === undefined || !equalBytes(identity.publicKey, fromHex(record.publicKey))) {
    throw damaged(record.name, 'its public key belongs to another identity');
  }
  return identity;
}

/** The error for an account that cannot be used; the document is not changed. */
export function damaged(account: string, reason: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_DAMAGED',
    `The stored account ${JSON.stringify(account)} cannot be used: ${reason}. It was not changed; restore it from a copy, or remove it and create the account again.`,
    { cause },
  );
}

function sealingKey(cipher: Cipher, key: Uint8Array): AeadKey {
  const raw = expandLabel(key, 'account key', cipher.keyLength);
  const sealing = cipher.key(raw);
  raw.fill(0);
  return sealing;
}

/** What a sealed seed belongs to: in another account, or with another public key, it does not open. */
function sealedFor(name: string, publicKey: Uint8Array): Uint8Array {
  return concat(utf8('roomkey/1 account'), lv(utf8(name)), publicKey);
}

function isNameOf(name: string, id: string): boolean {
  try {
    return normalizeName(name) === name && nameKey(name) === id;
  } catch {
    return false;
  }
}
