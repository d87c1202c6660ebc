/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PageChannel } from '@roomkey/core';

/** Folder of the built page module. */
const folder = new URL('../../dist/page/', import.meta.url);

/** The page's end of the channel is a WebSocket; `window.preview` is its preview. */
const script = `
  import enter from '/module/index.js';
  const socket = new WebSocket('ws://' + location.host);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => enter({
    channel: {
      send: (message) => socket.send(message),
      onMessage: (listener) => { socket.onmessage = ({ data }) => listener(data); },
      onClose: (listener) => { socket.onclose = listener; },
    },
    showPreview: (stream) => { window.preview = stream; },
  });`;

const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'";

/** A page with the built module in a real browser. */
export interface BrowserPage {
  readonly page: Page;
  /** Node's end. */
  readonly channel: PageChannel;
}

/** Serves the page module, as a host does. */
export class PageServer {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  /** @param prefixes code to prepend to a file of the module, by file name */
  static async start(prefixes: Readonly<Record<string, string>> = {}): Promise<PageServer> {
    if (!existsSync(new URL('index.js', folder))) {
      throw new Error(`${folder.pathname} is not built; run \`npm run build\`.`);
    }
    const server = createServer((request, response) => {
      void (async () => {
        const [, file] = /^\/module\/([\w-]+\.js)$/.exec(request.url ?? '') ?? [];
        const isScript = file !== undefined || request.url === '/page.js';
        const text =
          file !== undefined
            ? `${prefixes[file] ?? ''}\n${await readFile(new URL(file, folder), 'utf8')}`
            : isScript
              ? script
              : '<!doctype html><title>Module</title><script type="module" src="/page.js"></script>';
        response.setHeader('Content-Security-Policy', policy);
        response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
        response.end(text);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#sockets = new WebSocketServer({ server });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Opens a page, and waits until its module has connected. */
  async open(context: BrowserContext): Promise<BrowserPage> {
    const connected = new Promise<WebSocket>((resolve) =>
      this.#sockets.once('connection', resolve),
    );
    const page = await context.newPage();
    await page.goto(this.url);
    return { page, channel: channelOf(await connected) };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function channelOf(socket: WebSocket): PageChannel {
  return {
    send: (message) => socket.send(message),
    onMessage: (listener) => {
      socket.on('message', (data: Buffer, isBinary) => {
        listener(isBinary ? data : data.toString('utf8'));
      });
    },
    onClose: (listener) => socket.on('close', listener),
  };
}
