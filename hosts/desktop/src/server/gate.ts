import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Port } from '../messages/index.js';
import { parseJson } from '../parse-json.js';
import type { Admission } from './admission.js';
import { webSocketPort } from './web-socket-port.js';

/** The close code of a page whose token or secret is wrong, or was used before. */
export const REFUSED = 4401;

/** Sockets that have not shown a token yet; one more, and the oldest of them is cut. */
const MAX_STRANGERS = 16;

/** How long a socket may take for its first message, in ms. */
const FIRST_MESSAGE_MS = 10_000;

/** How long a wrong token waits for its answer, in ms: nobody tries many in the places there are. */
const REFUSAL_DELAY_MS = 250;

const credentialSchema = z.union([
  z.strictObject({ token: z.string().max(64) }),
  z.strictObject({ secret: z.string().max(64) }),
]);

/** Lets pages in: what comes as a WebSocket is a `Port` once it has shown a token or a secret. */
export class Gate {
  readonly #admission: Admission;
  readonly #letIn: (port: Port) => void;
  /** Oldest first. */
  readonly #strangers = new Set<WebSocket>();

  constructor(admission: Admission, letIn: (port: Port) => void) {
    this.#admission = admission;
    this.#letIn = letIn;
  }

  meet(socket: WebSocket): void {
    // Without a listener a malformed frame would end the process; `close` follows.
    socket.on('error', () => undefined);
    const [oldest] = this.#strangers;
    if (this.#strangers.size >= MAX_STRANGERS) oldest?.terminate();
    this.#strangers.add(socket);
    let timer = setTimeout(() => socket.terminate(), FIRST_MESSAGE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    });
    socket.once('message', (data, isBinary) => {
      clearTimeout(timer);
      const secret = isBinary ? undefined : this.#secretFor((data as Buffer).toString('utf8'));
      if (secret === undefined) {
        timer = setTimeout(() => socket.close(REFUSED), REFUSAL_DELAY_MS);
        return;
      }
      this.#strangers.delete(socket);
      socket.send(JSON.stringify({ secret }));
      this.#letIn(webSocketPort(socket));
    });
  }

  #secretFor(text: string): string | undefined {
    const shown = credentialSchema.safeParse(parseJson(text)).data;
    if (shown === undefined) return undefined;
    if ('token' in shown) return this.#admission.exchange(shown.token);
    return this.#admission.knows(shown.secret) ? shown.secret : undefined;
  }
}
