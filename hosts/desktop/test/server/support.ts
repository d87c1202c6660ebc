import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { expect, onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { PageKey, randomKeyText, type ProofExchange, type Port } from '../../src/messages/index.js';
import { messagePort } from '../../src/server/message-port.js';
import { startServer, type DesktopServer } from '../../src/server/index.js';
import { webSocketPort } from '../../src/server/web-socket-port.js';

/** A folder of its own for a test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-desktop-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The folder of a built UI, as small as it can be, with a plugin's half and a secret beside it. */
export async function uiFolder() {
  const above = await temporaryFolder();
  const folder = join(above, 'ui');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Roomkey</title>');
  await writeFile(join(folder, 'assets/index-a_B-1.js'), 'export {};');
  await writeFile(join(folder, 'notes.txt'), 'not a type of a page');
  await writeFile(join(above, 'secret.js'), 'secret');
  await writeFile(join(above, 'module.js'), 'half');
  const moduleFile = (path: string): string | undefined =>
    path === '0/index.js' ? join(above, 'module.js') : undefined;
  return { above, folder, moduleFile };
}

/** A server that runs, and the pages that it let in. */
export interface Running {
  readonly server: DesktopServer;
  readonly pages: readonly Port[];
  readonly above: string;
  /** How often a page showed an expired token. */
  readonly expired: () => number;
  /** The next page that is let in. */
  readonly nextPage: () => Promise<Port>;
}

export async function openServer(): Promise<Running> {
  const pages: Port[] = [];
  let expired = 0;
  const waiting: ((page: Port) => void)[] = [];
  const { above, folder, moduleFile } = await uiFolder();
  const server = await startServer({
    folder,
    moduleFile,
    connect: (page) => {
      pages.push(page);
      waiting.shift()?.(page);
    },
    onExpired: () => (expired += 1),
  });
  onTestFinished(() => server.close());
  return {
    server,
    pages,
    above,
    expired: () => expired,
    nextPage: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

/** The token that an address bears. */
export function tokenOf(address: string): string {
  return new URL(address).hash.slice('#token='.length);
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks exactly for this path: nothing is taken for a URL and made plain before. */
export async function ask(
  { port, host }: DesktopServer,
  path: string,
  { headers, ...options }: Omit<RequestOptions, 'headers'> & { readonly headers?: object } = {},
): Promise<HttpAnswer> {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    agent: false,
    headers: { Host: host, ...headers },
    ...options,
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
  return { status: response.statusCode, headers: response.headers, body };
}

/** A WebSocket, as a page of the server's opens it. */
export function webSocket(
  { port, host }: DesktopServer,
  { headers, ...options }: ClientOptions = {},
  path = '/port',
) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    origin: `http://${host}`,
    headers: { Host: host, ...headers },
    ...options,
  });
  onTestFinished(() => socket.terminate());
  return socket;
}

/** What becomes of a WebSocket whose first message this is. */
export async function fate(socket: WebSocket, first: string | Uint8Array): Promise<unknown> {
  return await new Promise((resolve) => {
    socket.on('open', () => socket.send(first));
    socket.on('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', (code) => resolve(code));
  });
}

/** What a page is that was let in, or the code with which it was closed. */
export type Entered = { readonly port: Port; readonly exchange: ProofExchange } | number;

/**
 * Proves a key to the app and has it prove the same, as our page does.
 *
 * @param text the token or the secret
 * @param changed what is another than it should be
 */
export async function proveKey(
  server: DesktopServer,
  text: string,
  changed: { readonly id?: string; readonly host?: string; readonly side?: 'app' } = {},
): Promise<Entered> {
  const key = await PageKey.from(text);
  const socket = webSocket(server);
  const page = randomKeyText();
  await once(socket, 'open');
  socket.send(JSON.stringify({ key: changed.id ?? key.id, nonce: page }));
  const first = await nextJson(socket);
  if (typeof first === 'number') return first;
  const exchange = { page, app: first['nonce']!, host: changed.host ?? server.host };
  socket.send(JSON.stringify({ proof: await key.prove(changed.side ?? 'page', exchange) }));
  let port: Port | undefined;
  // At once, so that nothing is missed that follows.
  socket.once('message', () => (port = webSocketPort(socket)));
  const second = await nextJson(socket);
  if (typeof second === 'number') return second;
  expect(await key.verifyProof('app', exchange, second['proof']!)).toBe(true);
  return { port: port!, exchange };
}

/** What the next message says, or the code with which the socket is closed. */
export function nextJson(socket: WebSocket): Promise<Record<string, string> | number> {
  return new Promise((resolve) => {
    socket.once('close', (code) => resolve(code));
    socket.once('message', (data: Buffer) =>
      resolve(JSON.parse(data.toString()) as Record<string, string>),
    );
  });
}

/** The secret that a page has after it was let in with this token. */
export async function secretOf(token: string, entered: Entered): Promise<string> {
  if (typeof entered === 'number') throw new Error(`closed with ${entered}`);
  return await (await PageKey.from(token)).deriveSecret(entered.exchange);
}

/** Comes in with a token, and is a port then. */
export async function enter(server: DesktopServer): Promise<Port> {
  const entered = await proveKey(server, tokenOf(await server.address()));
  if (typeof entered === 'number') throw new Error(`closed with ${entered}`);
  return entered.port;
}

/** A port of Node's, as the page's end of a channel. */
export function nodePort(port: MessagePort) {
  return messagePort({
    post: (message) => port.postMessage(message),
    listen(onData, onClose) {
      port.on('message', onData);
      port.on('close', onClose);
    },
    close: () => port.close(),
  });
}
