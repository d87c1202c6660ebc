/** What both sides of one WebSocket have said before they prove that they have the same key. */
export interface ProofExchange {
  /** The page's nonce. */
  readonly page: string;
  /** The app's nonce. */
  readonly app: string;
  /** Name and port of the server, as in the header `Host`: what is proved to one is no proof to another. */
  readonly host: string;
}

/** With which code the app closes a page's WebSocket. */
export const PageCloseCode = {
  /** The page has no key, or one that the app does not know or that was used up. */
  refused: 4401,
  /** Its token was not used in time. */
  expired: 4408,
  /** The app has ended, or is done with this page. */
  closed: 4410,
} as const;
export type PageCloseCode = (typeof PageCloseCode)[keyof typeof PageCloseCode];

/** 32 bytes as base64url: a token, a nonce, or a MAC. */
export const KEY_TEXT = /^[\w-]{43}$/;

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * A key that a page and the app both have: a token or a page's secret. It is never sent. Each side
 * proves that it has it by an HMAC-SHA-256 (RFC 2104) over the nonces of both; each purpose has a
 * label of its own, so that no proof can be sent back.
 */
export class PageKey {
  readonly #key: HmacKey;
  /** Names the key to the other side and tells nothing about it. */
  readonly id: string;

  private constructor(key: HmacKey, id: string) {
    this.#key = key;
    this.id = id;
  }

  /** @param text the token or the secret, as base64url */
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

  /** @param proof anything that the other side sent */
  async verifyProof(
    side: 'page' | 'app',
    exchange: ProofExchange,
    proof: string,
  ): Promise<boolean> {
    if (!KEY_TEXT.test(proof)) return false;
    const text = encode(label(input(side, exchange)));
    return await crypto.subtle.verify('HMAC', this.#key, decode(proof), text);
  }

  /** The secret that takes a token's place: both sides derive it, so that it is not sent either. */
  deriveSecret(exchange: ProofExchange): Promise<string> {
    return sign(this.#key, input('secret', exchange));
  }
}

/** A new token or nonce. */
export function randomKeyText(): string {
  return toText(crypto.getRandomValues(new Uint8Array(32)));
}

/** No part has a line break in it, and the nonces have one length: no two inputs are the same. */
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
