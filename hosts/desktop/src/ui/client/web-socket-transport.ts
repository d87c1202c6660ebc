import { PageCloseCode, PageKey } from '../../messages/page-key.js';
import { authenticate } from './authenticate.js';
import type { ClientTransport, ClientTransportEvents, CloseReason } from './client-transport.js';
import { storeSecret, loadCredential, type PageCredential } from './credential.js';

/**
 * Pauses before each reconnect, ms; after the last one the transport closes. Breaks that heal do so
 * quickly. If the app has ended, another program may hold its port, and every attempt reveals this
 * page's origin to it: so there are few.
 */
const PAUSES_MS = [100, 250, 500, 1_000, 2_000, 3_000];
/** Limit of one attempt, ms. */
const TRY_LIMIT_MS = 8_000;
/** Silence after which the app counts as not answering, ms. Heartbeats come every two seconds. */
const SILENT_AFTER_MS = 5_000;
/** Time to read the final message before the page leaves its origin, ms. */
const LEAVE_AFTER_MS = 15_000;

/** A WebSocket to the app. Reconnects after a short break. */
export class WebSocketTransport implements ClientTransport {
  readonly #events: ClientTransportEvents;
  #credential: PageCredential | undefined;
  /** Set once the other end has proved to be the app. */
  #socket: WebSocket | undefined;
  #wasOpen = false;
  /** Attempts since it was last open. */
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
      // Another program holds the port: don't retry, and send it nothing more.
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

  /** Call for every message: the app answers. */
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
    // A refusal after a successful connection comes from another program.
    if (code === PageCloseCode.refused) this.#end(this.#wasOpen ? 'gone' : 'refused');
    else if (code === PageCloseCode.expired) this.#end(this.#wasOpen ? 'gone' : 'expired');
    else if (pause === undefined || credential === undefined) this.#end('gone');
    else setTimeout(() => void this.#connect(credential), pause);
  }

  /**
   * Leaves the origin once the user could read the message: a reload, or going back, would run the
   * code of a program that took the port.
   */
  #end(reason: CloseReason): void {
    this.#events.onClose(reason);
    setTimeout(() => location.replace('about:blank'), LEAVE_AFTER_MS);
  }
}
