import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import type { AppEvent, Port } from '../../src/messages/index.js';

/** The app's side of a page that came, as a test drives it. */
export class ScriptedPage {
  /** What came, in order: texts as what their JSON says, binary messages as their bytes. */
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

  /** The next message that was not taken. */
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

  /** Ends the page, as the app does when it ends. */
  close(): void {
    this.#port.close();
  }
}

/** The app as the server sees it: pages that come wait to be taken. */
export class ScriptedApp {
  readonly #pages: ScriptedPage[] = [];
  readonly #events = new EventEmitter();
  readonly connect = (port: Port): void => {
    this.#pages.push(new ScriptedPage(port));
    this.#events.emit('page');
  };

  /** The next page that came and was not taken. */
  async page(): Promise<ScriptedPage> {
    while (this.#pages.length === 0) await once(this.#events, 'page');
    return this.#pages.shift()!;
  }
}
