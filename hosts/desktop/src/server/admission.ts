import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of a token and of a secret. */
const KEY_BYTES = 32;

/**
 * Who may come in. A token is valid once, for whoever was given the address; the page that shows it
 * gets a secret in its place, which is valid as long as the app runs, so that a reload comes in too.
 */
export class Admission {
  readonly #tokens = new KeySet();
  readonly #secrets = new KeySet();

  /** A new token, as base64url. */
  issueToken(): string {
    return this.#tokens.add();
  }

  /** Lets a page in, with its secret; `undefined` where the token is wrong or was used. */
  exchange(token: string): string | undefined {
    return this.#tokens.take(token) ? this.#secrets.add() : undefined;
  }

  /** Whether it is the secret of a page that came in before. */
  knows(secret: string): boolean {
    return this.#secrets.find(secret) >= 0;
  }
}

/** Random keys, of which only hashes are kept, compared in a time that says nothing about them. */
class KeySet {
  readonly #hashes: Buffer[] = [];

  add(): string {
    const key = randomBytes(KEY_BYTES).toString('base64url');
    this.#hashes.push(hash(key));
    return key;
  }

  find(key: string): number {
    const wanted = hash(key);
    let found = -1;
    this.#hashes.forEach((known, index) => {
      if (timingSafeEqual(known, wanted)) found = index;
    });
    return found;
  }

  take(key: string): boolean {
    const index = this.find(key);
    if (index >= 0) this.#hashes.splice(index, 1);
    return index >= 0;
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
