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

/** A temporary folder for a test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-desktop-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A minimal built UI, with a page module and a secret beside it. */
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

/** A running server and its authenticated pages. */
export interface Running {
  readonly server: DesktopServer;
  readonly pages: readonly Port[];
  readonly above: string;
  /** How often a page showed an expired token. */
  readonly expired: () => number;
  /** The next authenticated page. */
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

/** The token in an address. */
export function tokenOf(address: string): string {
  return new URL(address).hash.slice('#token='.length);
}

/** An HTTP response. */
export interface HttpAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Requests exactly this path, without URL normalization. */
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

/** A WebSocket, opened like the page does. */
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

/** The reaction to a WebSocket's first message. */
export async function fate(socket: WebSocket, first: string | Uint8Array): Promise<unknown> {
  return await new Promise((resolve) => {
    socket.on('open', () => socket.send(first));
    socket.on('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', (code) => resolve(code));
  });
}

/** An authenticated page, or the close code. */
export type Entered = { readonly port: Port; readonly exchange: ProofExchange } | number;

/**
 * Authenticates like the page.
 *
 * @param text token or secret
 * @param changed deviations from the protocol
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
  // Immediately, so that no later message is missed.
  socket.once('message', () => (port = webSocketPort(socket)));
  const second = await nextJson(socket);
  if (typeof second === 'number') return second;
  expect(await key.verifyProof('app', exchange, second['proof']!)).toBe(true);
  return { port: port!, exchange };
}

/** The next message as JSON, or the close code. */
export function nextJson(socket: WebSocket): Promise<Record<string, string> | number> {
  return new Promise((resolve) => {
    socket.once('close', (code) => resolve(code));
    socket.once('message', (data: Buffer) =>
      resolve(JSON.parse(data.toString()) as Record<string, string>),
    );
  });
}

/** The secret derived from this token. */
export async function secretOf(token: string, entered: Entered): Promise<string> {
  if (typeof entered === 'number') throw new Error(`closed with ${entered}`);
  return await (await PageKey.from(token)).deriveSecret(entered.exchange);
}

/** Authenticates with a new token. */
export async function enter(server: DesktopServer): Promise<Port> {
  const entered = await proveKey(server, tokenOf(await server.address()));
  if (typeof entered === 'number') throw new Error(`closed with ${entered}`);
  return entered.port;
}

/** A Node.js port, as the page's end of a channel. */
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
