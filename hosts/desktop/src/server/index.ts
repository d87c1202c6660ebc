import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { Port } from '../messages/index.js';
import { listenOnLoopback } from './listen.js';
import { PageAuthenticator } from './page-authenticator.js';
import { pageHeaders, PageFiles } from './page-files.js';
import { PageTokens } from './page-tokens.js';

/** What one message from a page may have, in bytes: a picture of the browser's camera is less. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Connections for files at once; a page uses a handful. One more, and the oldest of them is cut. */
const MAX_CONNECTIONS = 64;

/** How long pages that were told of the end may take to hear it, in ms. */
const FAREWELL_MS = 1_000;

/** What `startServer` takes. */
export interface ServerOptions {
  /** The folder of the built UI. */
  readonly folder: string;
  /** The file of a plugin's half, such as `0/index.js`; `undefined` where there is none. */
  readonly moduleFile: (path: string) => string | undefined;
  /** Given a page that was let in. */
  readonly connect: (port: Port) => void;
  /** A page showed a token that has expired: the person has an address that does not work. */
  readonly onExpired: () => void;
}

/** The server of the page, for this machine only. */
export interface DesktopServer {
  readonly port: number;
  /** Name and port, as a page's `location.host` has them. */
  readonly host: string;
  /** An address that opens one page, once and within ten minutes: it bears a new token. */
  address(): Promise<string>;
  /** Cuts all pages; can be called twice. */
  close(): Promise<void>;
}

/**
 * Serves the page on this machine's loopback addresses, under a name that is new at every start:
 * `http://RANDOM.localhost:PORT`. A program that takes the port later does not know the name, so what
 * it puts into a browser under another one, a service worker say, never meets the page.
 *
 * Every program of this machine can reach it, and so can every site in the person's browser: it
 * answers requests that name this host only, against DNS rebinding, takes WebSockets from its own
 * page only, and lets nobody in who does not prove a token.
 *
 * @throws the system's error where no port can be had
 */
export async function startServer(options: ServerOptions): Promise<DesktopServer> {
  const { servers, port } = await listenOnLoopback();
  // 128 bits, in the letters that browsers leave as they are in a name (RFC 6761, section 6.3).
  const host = `${randomBytes(16).toString('hex')}.localhost:${port}`;
  const files = new PageFiles(options);
  const tokens = new PageTokens();
  const authenticator = new PageAuthenticator({
    tokens,
    host,
    onAuthenticated: options.connect,
    onExpired: options.onExpired,
  });
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const connections = new Set<Socket>();
  for (const server of servers) {
    server.on('connection', (socket) => {
      const [oldest] = connections;
      if (connections.size >= MAX_CONNECTIONS) oldest?.destroy();
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    server.on('request', (request, response) => void answer(files, host, request, response));
    server.on('upgrade', (request, socket: Duplex, head) => {
      const { host: name, origin } = request.headers;
      const isOurs =
        name === host &&
        origin === `http://${host}` &&
        request.method === 'GET' &&
        request.url === '/port';
      if (!isOurs) {
        refuseUpgrade(socket);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        // The authenticator counts it from here on.
        connections.delete(request.socket);
        void authenticator.authenticate(opened);
      });
    });
  }

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => once(server, 'close'));
    for (const server of servers) server.close();
    const told = [...sockets.clients].filter(({ readyState }) => readyState === CLOSING);
    const heard = Promise.all(told.map((socket) => once(socket, 'close')));
    await Promise.race([heard, wait(FAREWELL_MS, undefined, { ref: false })]);
    for (const socket of sockets.clients) socket.terminate();
    for (const server of servers) server.closeAllConnections();
    await Promise.all(closed);
  };
  return {
    port,
    host,
    address: async () => `http://${host}/#token=${await tokens.issue()}`,
    close: () => (closing ??= close()),
  };
}

/** `readyState` of a WebSocket that has said the last word and waits for the other side's. */
const CLOSING = 2;

async function answer(
  files: PageFiles,
  host: string,
  { url = '/', method, headers: asked }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (asked.host !== host) {
    refuse(response, 403, 'This is not the name of the server.');
  } else if (method !== 'GET' && method !== 'HEAD') {
    refuse(response, 405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' });
  } else if (asked['service-worker'] !== undefined) {
    // https://w3c.github.io/ServiceWorker/#service-worker-script-request
    refuse(response, 403, 'There are no service workers here.');
  } else {
    const path = url.split('?', 1)[0] ?? '';
    const { status, headers, body } = await files.answer(path, `ws://${host}`);
    response.writeHead(status, { ...headers, 'Content-Length': body.length });
    response.end(body);
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers?: Readonly<Record<string, string>>,
): void {
  const all = { ...pageHeaders(), ...headers, 'Content-Type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...all, Connection: 'close' }).end(`${sentence}\n`);
}

function refuseUpgrade(socket: Duplex): void {
  const headers = Object.entries({ ...pageHeaders(), Connection: 'close', 'Content-Length': '0' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 403 Forbidden\r\n${lines.join('')}\r\n`);
}
