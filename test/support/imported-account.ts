import { createHash, randomBytes, scryptSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The stored form of an account that was imported from the original app. An attacker who knows only
 * the SHA-256 of its password can make it.
 */
export function importedAccount(name: string, password: string) {
  const sha256 = createHash('sha256').update(password).digest('hex');
  const salt = randomBytes(16);
  const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
  const verifier = scryptSync(sha256, salt, 64, options).subarray(0, 32);
  const base64 = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  const legacyPassword = `$scrypt$ln=17,r=8,p=1$${base64(salt)}$${base64(verifier)}`;
  return { name, legacyPassword, failures: 0, lockedUntil: 0 };
}

/** Replaces an account in a store of JSON files by its imported form. */
export async function revertAccount(folder: string, name: string, password: string): Promise<void> {
  const path = join(folder, 'users.json');
  const file = JSON.parse(await readFile(path, 'utf8')) as {
    documents: { value: { name: string } }[];
  };
  const document = file.documents.find(({ value }) => value.name === name);
  if (document === undefined) throw new Error(`${path} has no account ${name}.`);
  document.value = importedAccount(name, password);
  await writeFile(path, JSON.stringify(file));
}
