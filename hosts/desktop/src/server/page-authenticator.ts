import type { WebSocket } from 'ws';
import { z } from 'zod';
import { KEY_TEXT, PageCloseCode, randomKeyText, type Port } from '../messages/index.js';
import { parseJson } from '../parse-json.js';
import type { KnownKey, PageTokens } from './page-tokens.js';
import { webSocketPort } from './web-socket-port.js';

/** Unauthenticated sockets; beyond it the oldest is closed. */
const MAX_UNAUTHENTICATED = 16;

/** Limit for the proof, ms. */
const PROOF_LIMIT_MS = 10_000;

/** Delay before a refusal, ms. With the limit of sockets it slows down guessing. */
const REFUSAL_DELAY_MS = 250;

/** Interval of heartbeats to a page, ms; see `Port`. */
export const HEARTBEAT_MS = 2_000;

const keyText = z.string().regex(KEY_TEXT);
const helloSchema = z.strictObject({ key: keyText, nonce: keyText });
const proofSchema = z.strictObject({ proof: keyText });

export interface PageAuthenticatorOptions {
  readonly tokens: PageTokens;
  /** Name and port of the server, as in the `Host` header. */
  readonly host: string;
  readonly onAuthenticated: (port: Port) => void;
  /** Called when a page used an expired token. */
  readonly onExpired: () => void;
}

/**
 * Authenticates pages. A WebSocket becomes a `Port` once both sides have proved that they share a
 * key. The page proves first, so that an unauthenticated peer learns nothing that depends on a key.
 */
export class PageAuthenticator {
  readonly #options: PageAuthenticatorOptions;
  /** Oldest first. */
  readonly #unauthenticated = new Set<WebSocket>();

  constructor(options: PageAuthenticatorOptions) {
    this.#options = options;
  }

  /** Authenticates a socket. Never rejects: a socket that fails is closed. */
  async authenticate(socket: WebSocket): Promise<void> {
    // Without a listener, a malformed frame would end the process. `close` follows.
    socket.on('error', () => undefined);
    const [oldest] = this.#unauthenticated;
    if (this.#unauthenticated.size >= MAX_UNAUTHENTICATED) oldest?.terminate();
    this.#unauthenticated.add(socket);
    const limit = setTimeout(() => socket.terminate(), PROOF_LIMIT_MS);
    socket.once('close', () => {
      clearTimeout(limit);
      this.#unauthenticated.delete(socket);
    });

    const known = await this.#exchangeProofs(socket);
    clearTimeout(limit);
    if (socket.readyState !== socket.OPEN) return;
    if (typeof known === 'number') {
      const timer = setTimeout(() => socket.close(known), REFUSAL_DELAY_MS);
      socket.once('close', () => clearTimeout(timer));
      return;
    }
    this.#unauthenticated.delete(socket);
    const port = webSocketPort(socket);
    socket.send(known.proof);
    const heartbeat = setInterval(() => socket.send(''), HEARTBEAT_MS);
    socket.once('close', () => clearInterval(heartbeat));
    this.#options.onAuthenticated(port);
  }

  /** @returns the app's proof if the page proved its key, otherwise the close code */
  async #exchangeProofs(socket: WebSocket): Promise<{ readonly proof: string } | PageCloseCode> {
    const { tokens, host, onExpired } = this.#options;
    const hello = helloSchema.safeParse(await nextText(socket)).data;
    const known = hello && tokens.find(hello.key);
    if (hello === undefined || known === undefined) return PageCloseCode.refused;
    const exchange = { page: hello.nonce, app: randomKeyText(), host };
    socket.send(JSON.stringify({ nonce: exchange.app }));
    const shown = proofSchema.safeParse(await nextText(socket)).data;
    const { key } = known;
    if (shown === undefined || !(await key.verifyProof('page', exchange, shown.proof))) {
      return PageCloseCode.refused;
    }
    const refusal = refusalOf(known);
    if (refusal === PageCloseCode.expired) onExpired();
    if (refusal !== undefined) return refusal;
    if (!(await tokens.consume(key, exchange))) return PageCloseCode.refused;
    return { proof: JSON.stringify({ proof: await key.prove('app', exchange) }) };
  }
}

function refusalOf({ state }: KnownKey): PageCloseCode | undefined {
  if (state === 'valid') return undefined;
  return state === 'expired' ? PageCloseCode.expired : PageCloseCode.refused;
}

/** Parses the next text as JSON; `undefined` for binary data, or if the socket closes. */
function nextText(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    const onEnd = (): void => resolve(undefined);
    socket.once('close', onEnd);
    socket.once('message', (data, isBinary) => {
      socket.off('close', onEnd);
      resolve(isBinary ? undefined : parseJson((data as Buffer).toString('utf8')));
    });
  });
}
