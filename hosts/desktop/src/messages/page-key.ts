/** The public values of one handshake, over which both sides of a WebSocket prove their key. */
export interface ProofExchange {
  /** The page's nonce. */
  readonly page: string;
  /** The app's nonce. */
  readonly app: string;
  /** Name and port of the server, as in the `Host` header. It binds a proof to one server. */
  readonly host: string;
}

/** WebSocket close codes of the app. */
export const PageCloseCode = {
  /** The page has no key, or an unknown or used one. */
  refused: 4401,
  /** The token has expired. */
  expired: 4408,
  /** The app has ended or closed this page. */
  closed: 4410,
} as const;
export type PageCloseCode = (typeof PageCloseCode)[keyof typeof PageCloseCode];

/** 32 bytes as base64url: a token, a nonce, or a MAC. */
export const KEY_TEXT = /^[\w-]{43}$/;

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * A key that page and app share: a token or a page's secret. It is never sent. Each side proves
 * possession by an HMAC-SHA-256 (RFC 2104) over both nonces; each purpose has its own label, so
 * that a proof cannot be reflected.
 */
export class PageKey {
  readonly #key: HmacKey;
  /** Public key id; it reveals nothing about the key. */
  readonly id: string;

  private constructor(key: HmacKey, id: string) {
    this.#key = key;
    this.id = id;
  }

  /** @param text token or secret, base64url */
  static async from(text: string): Promise<PageKey> {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', encode(text), algorithm, false, [
      'sign',
      'verify',
    ]);
    return new PageKey(key, await sign(key, 'id'));
  }

  prove(side: 'page' | 'app', exchange: ProofExchange): Promise<string> {
    return sign(this.#key, input(side, exchange));
  }

  /** @param proof untrusted input */
  async verifyProof(
    side: 'page' | 'app',
    exchange: ProofExchange,
    proof: string,
  ): Promise<boolean> {
    if (!KEY_TEXT.test(proof)) return false;
    const text = encode(label(input(side, exchange)));
    return await crypto.subtle.verify('HMAC', this.#key, decode(proof), text);
  }

  /** Derives the secret that replaces a token. Both sides derive it, so it is never sent. */
  deriveSecret(exchange: ProofExchange): Promise<string> {
    return sign(this.#key, input('secret', exchange));
  }
}

/** Generates a token or nonce. */
export function randomKeyText(): string {
  return toText(crypto.getRandomValues(new Uint8Array(32)));
}

/** Unambiguous: no part contains a line break, and nonces have a fixed length. */
function input(purpose: string, { page, app, host }: ProofExchange): string {
  return [purpose, page, app, host].join('\n');
}

async function sign(key: HmacKey, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, encode(label(text)));
  return toText(new Uint8Array(mac));
}

function label(text: string): string {
  return `roomkey page 1\n${text}`;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toText(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
