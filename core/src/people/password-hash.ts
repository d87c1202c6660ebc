import { randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { RoomkeyError } from '../errors/index.js';
import { equalBytes, utf8 } from '../secure/bytes.js';
import { nfc } from '../util/nfc.js';

/** Shorter passwords are refused, in characters (Unicode code points). */
export const MIN_PASSWORD_CHARACTERS = 8;
/** Longer passwords are refused, in UTF-8 bytes. */
export const MAX_PASSWORD_BYTES = 1024;

/** Parameters of one hash. Log2 of scrypt's N, and the salt; r = 8 and p = 1 always. */
interface Parameters {
  readonly ln: number;
  readonly salt: Uint8Array;
}

/** A stored hash, understood. */
export interface PasswordHash extends Parameters {
  readonly verifier: Uint8Array;
}

// OWASP's setting for scrypt (Password Storage Cheat Sheet, 2023): N = 2^17, r = 8, p = 1. Takes
// 128 MiB and a few hundred ms.
const LN = 17;
// A store that others can write to may ask for anything; above this it could exhaust the memory.
const MAX_LN = 19;
const SALT_BYTES = 16;
const HALF = 32;

/** Whether a password is shorter than a new one may be; one that was imported can be. */
export function isTooShort(password: string): boolean {
  return Array.from(nfc(password)).length < MIN_PASSWORD_CHARACTERS;
}

/**
 * Checks a new password.
 *
 * @throws RoomkeyError `RK_ACCOUNT_PASSWORD_INVALID` where it is too short or too long for an
 * account.
 */
export function checkPassword(password: string): void {
  if (isTooShort(password)) {
    throw new RoomkeyError(
      'RK_ACCOUNT_PASSWORD_INVALID',
      `The password is too short; use at least ${MIN_PASSWORD_CHARACTERS} characters.`,
    );
  }
  if (utf8(nfc(password)).length > MAX_PASSWORD_BYTES) {
    throw new RoomkeyError(
      'RK_ACCOUNT_PASSWORD_INVALID',
      `The password is too long; use at most ${MAX_PASSWORD_BYTES.toLocaleString('en')} characters, fewer with accents.`,
    );
  }
}

/** Hashes a new password: the PHC string to store, and 32 secret bytes that only the password gives. */
export async function hashPassword(password: string): Promise<{ phc: string; key: Uint8Array }> {
  const parameters = { ln: LN, salt: new Uint8Array(randomBytes(SALT_BYTES)) };
  const { verifier, key } = await stretch(password, parameters);
  const phc = `$scrypt$ln=${LN},r=8,p=1$${base64(parameters.salt)}$${base64(verifier)}`;
  return { phc, key };
}

/** Reads a PHC string; `undefined` where it is not one of ours or asks for too much or too little. */
export function parsePasswordHash(phc: string): PasswordHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=8,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/.exec(
    phc,
  );
  if (match === null) return undefined;
  const [, ln = '', salt = '', verifier = ''] = match;
  if (Number(ln) < LN || Number(ln) > MAX_LN) return undefined;
  return { ln: Number(ln), salt: fromBase64(salt), verifier: fromBase64(verifier) };
}

/**
 * Verifies a password.
 *
 * @param hash `undefined` where there is no such account: the work is the same and the answer no
 * @returns the 32 secret bytes, or `undefined` where the password is wrong
 */
export async function verifyPassword(
  password: string,
  hash: PasswordHash | undefined,
): Promise<Uint8Array | undefined> {
  const expected = hash ?? {
    ln: LN,
    salt: new Uint8Array(SALT_BYTES),
    verifier: randomBytes(HALF),
  };
  const { verifier, key } = await stretch(password, expected);
  if (equalBytes(verifier, expected.verifier) && hash !== undefined) return key;
  key.fill(0);
  return undefined;
}

/** scrypt's 64 bytes (RFC 7914) in halves: one is stored to verify, the other is a key and is not. */
async function stretch(
  password: string,
  { ln, salt }: Parameters,
): Promise<{ verifier: Uint8Array; key: Uint8Array }> {
  const N = 2 ** ln;
  // node's default `maxmem` is 32 MiB; scrypt takes 128 N r bytes and a little.
  const options = { N, r: 8, p: 1, maxmem: 128 * N * 8 + 2 ** 20 };
  const bytes = utf8(nfc(password));
  const output = await atMostTwo(() => scryptAsync(bytes, salt, 2 * HALF, options));
  bytes.fill(0);
  const verifier = output.slice(0, HALF);
  const key = output.slice(HALF);
  output.fill(0);
  return { verifier, key };
}

function scryptAsync(
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  options: ScryptOptions,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => {
      if (error === null) resolve(new Uint8Array(key.buffer, key.byteOffset, key.byteLength));
      else reject(error);
    });
  });
}

let running = 0;
const waiting: (() => void)[] = [];

/** Runs at most two hashes in the process at once: each takes 128 MiB and a thread of four. */
async function atMostTwo<T>(run: () => Promise<T>): Promise<T> {
  if (running >= 2) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await run();
  } finally {
    // The slot is handed on, so that a caller that comes meanwhile cannot take it.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** Base64 as PHC strings have it: without padding. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
