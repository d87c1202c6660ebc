import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection, Listener, MessageReceiver, Transport } from '../contracts/index.js';
import { deferred, type Deferred } from '../util/deferred.js';

/** Records messages, and overwrites their buffers, which a transport must allow. */
export class RecordingReceiver implements MessageReceiver {
  /** Copies of the received messages. */
  readonly messages: Uint8Array[] = [];
  /** How often onEnd was called. */
  ends = 0;
  readonly #end: Deferred<Error | undefined> = deferred();
  readonly #expected: { readonly count: number; readonly came: Deferred<void> }[] = [];
  readonly #onMessage: (message: Uint8Array) => void;

  constructor(onMessage: (message: Uint8Array) => void = () => undefined) {
    this.#onMessage = onMessage;
  }

  onMessage(message: Uint8Array): void {
    assert.equal(this.ends, 0, 'a message arrived after the end');
    this.messages.push(Uint8Array.from(message));
    for (const { count, came } of this.#expected) if (this.messages.length >= count) came.resolve();
    try {
      this.#onMessage(message);
    } finally {
      message.fill(0xee);
    }
  }

  onEnd(reason?: Error): void {
    this.ends += 1;
    this.#end.resolve(reason);
    const error = new Error('The connection ended first.', { cause: reason });
    for (const { came } of this.#expected) came.reject(error);
  }

  /** Resolves with the reason when the connection ends. */
  get ended(): Promise<Error | undefined> {
    return this.#end.promise;
  }

  /** Resolves when this many messages have arrived; rejects if the connection ends first. */
  async received(count: number): Promise<void> {
    if (this.messages.length >= count) return;
    if (this.ends > 0) throw new Error('The connection ended first.');
    const came: Deferred<void> = deferred();
    this.#expected.push({ count, came });
    await came.promise;
  }
}

/** Both ends of a connection. */
export interface ConnectionPair {
  readonly dialed: Connection;
  readonly accepted: Connection;
}

/** A transport and everything that a case opened on it. */
export class TransportFixture {
  readonly transport: Transport;
  readonly host: string;
  readonly #listeners: Listener[] = [];
  readonly #connections: Connection[] = [];

  constructor(transport: Transport, host: string) {
    this.transport = transport;
    this.host = host;
  }

  async listen(onConnection: (connection: Connection) => void): Promise<Listener> {
    const listener = await this.transport.listen({
      onConnection: (connection) => {
        this.#connections.push(connection);
        onConnection(connection);
      },
    });
    this.#listeners.push(listener);
    return listener;
  }

  async dial(port: number): Promise<Connection> {
    const connection = await this.transport.dial({ host: this.host, port });
    this.#connections.push(connection);
    return connection;
  }

  /** Opens a connection whose ends accept messages of up to `limit` bytes. */
  async pair(limit = 1 << 20): Promise<ConnectionPair> {
    const accepted: Deferred<Connection> = deferred();
    const listener = await this.listen((connection) => accepted.resolve(connection));
    const dialed = await this.dial(listener.port);
    const pair = { dialed, accepted: await accepted.promise };
    for (const end of [pair.dialed, pair.accepted]) end.setMaxMessageBytes(limit);
    return pair;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.abort();
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

/**
 * Waits for this many turns of the event loop: everything that can happen without waiting has then
 * happened.
 */
export async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

/** A test message whose content depends on its number. */
export function message(length: number, number = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >> 8) + number * 7) & 0xff;
  return bytes;
}

export function assertBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.equal(actual?.length, expected.length, 'the lengths differ');
  assert.ok(Buffer.from(actual).equals(expected), 'the bytes differ');
}
