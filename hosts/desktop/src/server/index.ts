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

/** Maximum size of a message from a page, bytes. Frames of the browser's camera are smaller. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Concurrent HTTP connections; a page uses a handful. Beyond it the oldest is closed. */
const MAX_CONNECTIONS = 64;

/** Time for pages to acknowledge the close, ms. */
const FAREWELL_MS = 1_000;

export interface ServerOptions {
  /** Folder of the built UI. */
  readonly folder: string;
  /**
   * Maps a path such as `0/index.js` to the file of a page module; `undefined` if there is none.
   */
  readonly moduleFile: (path: string) => string | undefined;
  /** Called with each authenticated page. */
  readonly connect: (port: Port) => void;
  /** Called when a page used an expired token: the user has an outdated address. */
  readonly onExpired: () => void;
}

/** The page's server, reachable on loopback only. */
export interface DesktopServer {
  readonly port: number;
  /** Name and port, as in the page's `location.host`. */
  readonly host: string;
  /** Creates an address with a new token. It opens one page, once and within ten minutes. */
  address(): Promise<string>;
  /** Disconnects all pages. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the page on loopback, under a random name that changes on every start:
 * `http://RANDOM.localhost:PORT`. A program that takes the port later does not know the name, so
 * nothing that it plants in a browser, such as a service worker, affects the page.
 *
 * Every program on this computer and every site in the user's browser can reach the server. So it
 * only answers requests for this host name (against DNS rebinding), accepts WebSockets from its own
 * page only, and rejects pages that do not prove a token.
 *
 * @throws the system's error if no port is available
 */
export async function startServer(options: ServerOptions): Promise<DesktopServer> {
  const { servers, port } = await listenOnLoopback();
  // 128 bits, in letters that browsers do not normalize (RFC 6761, section 6.3).
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
        // From here on the authenticator counts it.
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

/** `WebSocket.CLOSING`: a close frame was sent and not yet answered. */
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
