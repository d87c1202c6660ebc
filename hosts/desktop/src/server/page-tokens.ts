import { PageKey, randomKeyText, type ProofExchange } from '../messages/index.js';

/** Lifetime of a token, ms: enough to type an address. */
export const TOKEN_LIFE_MS = 10 * 60_000;

/** A key that a page named, and whether it is still valid. */
export interface KnownKey {
  readonly key: PageKey;
  readonly state: 'valid' | 'used' | 'expired';
}

interface Token {
  readonly key: PageKey;
  /** Milliseconds since 1970: a clock that runs while the computer sleeps. */
  readonly expiresAt: number;
  isUsed: boolean;
}

/**
 * The keys that authenticate pages. A token is valid once, for ten minutes. The page derives a
 * secret from it that stays valid while the app runs, so that a reload is authenticated too.
 */
export class PageTokens {
  /** By id. Used tokens are kept, so that a page can be told. */
  readonly #tokens = new Map<string, Token>();
  readonly #secrets = new Map<string, PageKey>();

  /** Issues a new token, base64url. */
  async issue(): Promise<string> {
    const token = randomKeyText();
    const key = await PageKey.from(token);
    this.#tokens.set(key.id, { key, expiresAt: Date.now() + TOKEN_LIFE_MS, isUsed: false });
    return token;
  }

  find(id: string): KnownKey | undefined {
    const secret = this.#secrets.get(id);
    if (secret !== undefined) return { key: secret, state: 'valid' };
    const token = this.#tokens.get(id);
    if (token === undefined) return undefined;
    const { key, isUsed, expiresAt } = token;
    return { key, state: isUsed ? 'used' : Date.now() < expiresAt ? 'valid' : 'expired' };
  }

  /**
   * Marks a token as used and derives its secret. A secret stays valid.
   *
   * @returns false if the token was used in the meantime
   */
  async consume({ id }: PageKey, exchange: ProofExchange): Promise<boolean> {
    if (this.#secrets.has(id)) return true;
    const token = this.#tokens.get(id);
    if (token === undefined || token.isUsed) return false;
    token.isUsed = true;
    const secret = await PageKey.from(await token.key.deriveSecret(exchange));
    this.#secrets.set(secret.id, secret);
    return true;
  }
}
