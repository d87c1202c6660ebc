import type { Carrier, CarrierEvents } from './carrier.js';
import { keepSecret, takeKey, type Key } from './key.js';

/** The close code of a page that may not use the app. */
const REFUSED = 4401;
/** Pauses before each try after a break, ms; after the last one it is over. */
const PAUSES_MS = [100, 250, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000];

/** A WebSocket to the program that served this page. A short break heals. */
export class WebSocketCarrier implements Carrier {
  readonly #events: CarrierEvents;
  #key: Key;
  #socket: WebSocket | undefined;
  /** Tries since it was open. */
  #tries = 0;

  private constructor(key: Key, events: CarrierEvents) {
    this.#key = key;
    this.#events = events;
  }

  static open(events: CarrierEvents): Carrier {
    const key = takeKey();
    const carrier = new WebSocketCarrier(key ?? { secret: '' }, events);
    if (key === undefined) queueMicrotask(() => events.onClose('refused'));
    else carrier.#connect();
    return carrier;
  }

  send(message: string | Uint8Array): void {
    this.#socket?.send(message);
  }

  #connect(): void {
    const address = new URL('/port', location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(JSON.stringify(this.#key));
    socket.onmessage = (first: MessageEvent<string>) => {
      const { secret } = JSON.parse(first.data) as { secret: string };
      this.#key = { secret };
      keepSecret(secret);
      this.#tries = 0;
      this.#socket = socket;
      socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
        this.#events.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
      this.#events.onOpen();
    };
    socket.onclose = ({ code }) => this.#onClose(code);
  }

  #onClose(code: number): void {
    const wasOpen = this.#socket !== undefined;
    this.#socket = undefined;
    if (wasOpen) this.#events.onBreak();
    const pause = PAUSES_MS[this.#tries];
    if (code === REFUSED) this.#events.onClose('refused');
    else if (pause === undefined) this.#events.onClose('gone');
    else setTimeout(() => this.#connect(), pause);
    this.#tries += 1;
  }
}
