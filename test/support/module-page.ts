/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PageChannel, PageSound } from '@roomkey/core';

declare global {
  interface Window {
    /** The streams that the page side passes to the host. */
    previews: { camera?: MediaStream; screen?: MediaStream };
    /** What the page side offers of sound. */
    sound?: PageSound;
    /** The sound of the shared screen: what the page side offers, or a test. */
    screenAudio?: MediaStreamTrack | undefined;
  }
}

/** A page's end of the channel is a WebSocket; scripts are trusted as in the desktop's page. */
const script = `
  trustedTypes.createPolicy('default', {
    createScriptURL: (address) =>
      new URL(address, location.href).origin === location.origin ? address : undefined,
  });
  window.previews = {};
  const { default: enter } = await import('/module/index.js');
  const socket = new WebSocket('ws://' + location.host);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => enter({
    channel: {
      send: (message) => socket.send(message),
      onMessage: (listener) => {
        socket.onmessage = ({ data }) =>
          listener(typeof data === 'string' ? data : new Uint8Array(data));
      },
      onClose: (listener) => { socket.onclose = listener; },
    },
    showPreview: (kind, stream) => { window.previews[kind] = stream; },
    offerSound: (sound) => { window.sound = sound; },
    offerScreenAudio: (track) => { window.screenAudio = track; },
    screenAudio: () => window.screenAudio,
  });`;

/** The relevant headers of the desktop's page. */
const policy = [
  "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'",
  "require-trusted-types-for 'script'; trusted-types default",
].join('; ');

/** Code that runs before files of the bundle, by their names. */
export type PagePrefixes = Readonly<Record<string, string>>;

/** A page with the bundled page side in a real browser. */
export interface BrowserPage {
  readonly page: Page;
  /** Node's end. */
  readonly channel: PageChannel;
}

/** Serves a plugin's page module, as a host does. */
export class ModulePageServer {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  /** @param folder the bundled page side */
  static async start(folder: URL, prefixes: PagePrefixes = {}): Promise<ModulePageServer> {
    if (!existsSync(new URL('index.js', folder))) {
      throw new Error(`${folder.pathname} is not built; run \`npm run build\`.`);
    }
    const server = createServer((request, response) => {
      void (async () => {
        const [, file] = /^\/module\/([a-z-]+\.js)$/.exec(request.url ?? '') ?? [];
        const isScript = file !== undefined || request.url === '/page.js';
        const text =
          file !== undefined
            ? `{${prefixes[file] ?? ''}}\n${await readFile(new URL(file, folder), 'utf8')}`
            : isScript
              ? script
              : '<!doctype html><title>Module</title><script type="module" src="/page.js"></script>';
        response.setHeader('Content-Security-Policy', policy);
        response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
        response.end(text);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ModulePageServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#sockets = new WebSocketServer({ server });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Opens a page, and waits until its side of the plugin is connected. */
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
