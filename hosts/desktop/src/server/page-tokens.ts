import { PageKey, randomKeyText, type ProofExchange } from '../messages/index.js';

/** How long a token can be used, in ms: as long as it may take a person to type an address. */
export const TOKEN_LIFE_MS = 10 * 60_000;

/** A key that a page names, and how far it still opens anything. */
export interface KnownKey {
  readonly key: PageKey;
  readonly state: 'valid' | 'used' | 'expired';
}

interface Token {
  readonly key: PageKey;
  /** Milliseconds since 1970, which go on while the machine sleeps. */
  readonly expiresAt: number;
  isUsed: boolean;
}

/**
 * The keys by which pages are let in. A token is valid once and for ten minutes, for whoever was
 * given the address; the page that shows it derives a secret from it, which is valid as long as the
 * app runs, so that a reload is let in too.
 */
export class PageTokens {
  /** By id; also those that are used up, so that a page can be told so. */
  readonly #tokens = new Map<string, Token>();
  readonly #secrets = new Map<string, PageKey>();

  /** A new token, as base64url. */
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
   * Uses up a token in the exchange in which it was proved; a secret stays as it is.
   *
   * @returns false where it was used up meanwhile
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
