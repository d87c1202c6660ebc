import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import type { AppEvent, Port } from '../../src/messages/index.js';

/** The app's side of a connected page, controlled by a test. */
export class ScriptedPage {
  /** Received messages in order: texts as parsed JSON, binary messages as bytes. */
  readonly received: unknown[] = [];
  readonly #port: Port;
  readonly #events = new EventEmitter();
  #taken = 0;

  constructor(port: Port) {
    this.#port = port;
    port.onMessage((message) => {
      this.received.push(typeof message === 'string' ? JSON.parse(message) : [...message]);
      this.#events.emit('message');
    });
  }

  /** The next unread message. */
  async next(): Promise<unknown> {
    while (this.received.length <= this.#taken) await once(this.#events, 'message');
    this.#taken += 1;
    return this.received[this.#taken - 1];
  }

  tell(event: AppEvent): void {
    this.#port.send(JSON.stringify(event));
  }

  send(message: string | Uint8Array): void {
    this.#port.send(message);
  }

  /** Closes the page, as the app does when it ends. */
  close(): void {
    this.#port.close();
  }
}

/** The app as the server sees it: connected pages are queued. */
export class ScriptedApp {
  readonly #pages: ScriptedPage[] = [];
  readonly #events = new EventEmitter();
  readonly connect = (port: Port): void => {
    this.#pages.push(new ScriptedPage(port));
    this.#events.emit('page');
  };

  /** The next queued page. */
  async page(): Promise<ScriptedPage> {
    while (this.#pages.length === 0) await once(this.#events, 'page');
    return this.#pages.shift()!;
  }
}
