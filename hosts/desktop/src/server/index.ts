import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Port } from '../messages/index.js';
import { Admission } from './admission.js';
import { Gate } from './gate.js';
import { pageHeaders, PageFiles } from './page-files.js';

/** What one message from a page may have, in bytes: a picture of the browser's camera is less. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Connections for files at once; a page uses a handful. One more, and the oldest of them is cut. */
const MAX_CONNECTIONS = 64;

/** What `startServer` takes. */
export interface ServerOptions {
  /** The folder of the built UI. */
  readonly folder: string;
  /** The file of a plugin's half, such as `0/index.js`; `undefined` where there is none. */
  readonly halfFile: (path: string) => string | undefined;
  /** Given a page that was let in. */
  readonly connect: (port: Port) => void;
  /** TCP port to listen on; default: one of the system's choice. */
  readonly port?: number;
}

/** The server of the page, for this machine only. */
export interface DesktopServer {
  readonly port: number;
  /** An address that opens one page, once: it bears a new token. */
  address(): string;
  /** Cuts all pages; can be called twice. */
  close(): Promise<void>;
}

/**
 * Serves the page on 127.0.0.1.
 *
 * Every program of this machine can reach it, and so can every site in the person's browser: it
 * answers requests that name this host only, against DNS rebinding, takes WebSockets from its own
 * page only, and lets nobody in without a token.
 *
 * @throws the system's error where the port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<DesktopServer> {
  const files = new PageFiles(options);
  const admission = new Admission();
  const gate = new Gate(admission, options.connect);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const server = createServer({ maxHeaderSize: 8 * 1024 });
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    const [oldest] = connections;
    if (connections.size >= MAX_CONNECTIONS) oldest?.destroy();
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hosts: readonly (string | undefined)[] = [`127.0.0.1:${port}`, `localhost:${port}`];

  server.on('request', (request, response) => {
    const { host } = request.headers;
    if (host === undefined || !hosts.includes(host)) {
      refuse(response, 403, 'This is not the name of the server.');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' });
    } else {
      void answer(files, host, request, response);
    }
  });
  server.on('upgrade', (request, socket: Duplex, head) => {
    const { host, origin } = request.headers;
    const isOurs =
      host !== undefined &&
      hosts.includes(host) &&
      origin === `http://${host}` &&
      request.method === 'GET' &&
      request.url === '/port';
    if (!isOurs) {
      refuseUpgrade(socket);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // The gate counts it from here on.
      connections.delete(request.socket);
      gate.meet(opened);
    });
  });

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    address: () => `http://127.0.0.1:${port}/#token=${admission.issueToken()}`,
    close: () => (closing ??= close()),
  };
}

async function answer(
  files: PageFiles,
  host: string,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = url.split('?', 1)[0] ?? '';
  const { status, headers, body } = await files.answer(path, `ws://${host}`);
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  response.end(body);
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
