import { PageCloseCode, PageKey } from '../../messages/page-key.js';
import { authenticate } from './authenticate.js';
import type { ClientTransport, ClientTransportEvents, CloseReason } from './client-transport.js';
import { storeSecret, loadCredential, type PageCredential } from './credential.js';

/**
 * Pauses before each try after a break, ms; after the last one it is over. A break that heals does so
 * soon. Where the app has ended, another program may have its port, and each try tells it the name of
 * this page's origin: so there are few.
 */
const PAUSES_MS = [100, 250, 500, 1_000, 2_000, 3_000];
/** How long a try may take, ms. */
const TRY_LIMIT_MS = 8_000;
/** After so long without a word the app does not answer, ms; it says one every two seconds. */
const SILENT_AFTER_MS = 5_000;
/** How long the end can be read before the page leaves its origin, ms. */
const LEAVE_AFTER_MS = 15_000;

/** A WebSocket to the program that served this page. A short break heals. */
export class WebSocketTransport implements ClientTransport {
  readonly #events: ClientTransportEvents;
  #credential: PageCredential | undefined;
  /** Its other end has proved that it is the app. */
  #socket: WebSocket | undefined;
  #wasOpen = false;
  /** Tries since it was open. */
  #tries = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isSilent = false;

  private constructor(events: ClientTransportEvents) {
    this.#events = events;
  }

  static open(events: ClientTransportEvents): ClientTransport {
    const transport = new WebSocketTransport(events);
    void loadCredential().then((credential) => {
      transport.#credential = credential;
      if (credential === undefined) transport.#end('refused');
      else void transport.#connect(credential);
    });
    return transport;
  }

  send(message: string | Uint8Array): void {
    this.#socket?.send(message);
  }

  async #connect({ key, isToken }: PageCredential): Promise<void> {
    const address = new URL('/port', location.href);
    address.protocol = 'ws:';
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    const limit = setTimeout(() => socket.close(), TRY_LIMIT_MS);
    socket.onclose = ({ code }) => {
      clearTimeout(limit);
      this.#onClose(socket, code);
    };
    const exchange = await authenticate(socket, key);
    clearTimeout(limit);
    if (exchange === undefined) {
      // Another program has the port: it is not tried again, and hears nothing more.
      socket.onclose = null;
      socket.close();
      this.#end('gone');
      return;
    }
    if (isToken) {
      const secret = await key.deriveSecret(exchange);
      storeSecret(secret);
      this.#credential = { key: await PageKey.from(secret), isToken: false };
    }
    if (socket.readyState === WebSocket.OPEN) this.#onOpen(socket);
  }

  #onOpen(socket: WebSocket): void {
    this.#socket = socket;
    this.#wasOpen = true;
    this.#tries = 0;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#onHeard();
      if (data === '') return;
      this.#events.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
    };
    this.#onHeard();
    this.#events.onOpen();
  }

  /** The app said something: it answers. */
  #onHeard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#setSilent(true), SILENT_AFTER_MS);
    this.#setSilent(false);
  }

  #setSilent(isSilent: boolean): void {
    if (this.#isSilent === isSilent) return;
    this.#isSilent = isSilent;
    this.#events.onSilence(isSilent);
  }

  #onClose(socket: WebSocket, code: number): void {
    const wasApp = this.#socket === socket;
    clearTimeout(this.#silence);
    this.#isSilent = false;
    this.#socket = undefined;
    if (wasApp && code === PageCloseCode.closed) {
      this.#end('gone');
      return;
    }
    if (wasApp) this.#events.onBreak();
    const pause = PAUSES_MS[this.#tries];
    this.#tries += 1;
    const credential = this.#credential;
    // A program that does not know a page that was in is another one.
    if (code === PageCloseCode.refused) this.#end(this.#wasOpen ? 'gone' : 'refused');
    else if (code === PageCloseCode.expired) this.#end(this.#wasOpen ? 'gone' : 'expired');
    else if (pause === undefined || credential === undefined) this.#end('gone');
    else setTimeout(() => void this.#connect(credential), pause);
  }

  /**
   * Once the end could be read, the page leaves: whoever loads it again, or goes back to it, would run
   * what the program has to say that took the port.
   */
  #end(reason: CloseReason): void {
    this.#events.onClose(reason);
    setTimeout(() => location.replace('about:blank'), LEAVE_AFTER_MS);
  }
}
