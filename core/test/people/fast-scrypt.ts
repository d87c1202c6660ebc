import type * as crypto from 'node:crypto';

/** What was hashed, for tests that count. */
export interface Hashing {
  readonly passwords: string[];
  running: number;
  peak: number;
}

/**
 * node:crypto with a scrypt that is quick, for tests of what is done with its result; those of how
 * it is called have the real one. For `vi.mock('node:crypto', …)`.
 */
export async function withFastScrypt(
  original: () => Promise<typeof crypto>,
  hashing: Hashing,
): Promise<typeof crypto> {
  const real = await original();
  const scrypt = (...args: Parameters<typeof crypto.scrypt>): void => {
    const [password, salt, length, , done] = args;
    hashing.passwords.push(Buffer.from(password as Uint8Array).toString());
    hashing.running += 1;
    hashing.peak = Math.max(hashing.peak, hashing.running);
    real.scrypt(password, salt, length, { N: 16, r: 1, p: 1 }, (error, key) => {
      hashing.running -= 1;
      done(error, key);
    });
  };
  return { ...real, scrypt } as typeof crypto;
}
