import type { Connection, MessageReceiver } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { asError } from '../util/deferred.js';

// Peers take turns during the handshake. These bound what a peer that does not can make us store.
const MAX_QUEUED_MESSAGES = 64;
const MAX_QUEUED_BYTES = 4 << 20;

/**
 * A connection during its handshake. The caller asks for one message at a time; messages that
 * arrive early are queued, so that a record right behind the last handshake message is not lost.
 */
export class HandshakeConnection {
  readonly connection: Connection;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #receiver: MessageReceiver | undefined;
  #end: { readonly reason: Error | undefined } | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.receive({
      onMessage: (message) => this.#onMessage(message),
      onEnd: (reason) => this.#onEnd(reason),
    });
  }

  /**
   * Waits for the next message and passes it to `answer` before reading the one behind it, so that
   * `answer` can raise the size limit in time.
   *
   * @param timeoutMs limit in milliseconds
   * @throws RoomkeyError `RK_HANDSHAKE_TIMEOUT`; what `answer` throws; the reason why the
   * connection ended, `RK_TRANSPORT_BROKEN` if it has none
   */
  async next<T>(
    answer: (message: Uint8Array) => T,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<T> {
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    return await new Promise<T>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#receiver = undefined;
        act();
      };
      const fail = (error: unknown): void => settle(() => reject(asError(error)));
      const onAbort = (): void => fail(signal?.reason);
      const timer = setTimeout(() => {
        fail(
          new RoomkeyError(
            'RK_HANDSHAKE_TIMEOUT',
            `${this.connection.remote.host} did not answer within ${timeoutMs / 1000} s. Try again. If it keeps happening, the other side hangs or is not Roomkey.`,
          ),
        );
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.handOver({
        onMessage: (message) =>
          settle(() => {
            try {
              resolve(answer(message));
            } catch (error) {
              reject(asError(error));
            }
          }),
        onEnd: (reason) => fail(reason ?? ended(this.connection)),
      });
    });
  }

  /** Passes all queued and all future messages to `receiver`. */
  handOver(receiver: MessageReceiver): void {
    this.#receiver = receiver;
    while (this.#receiver === receiver) {
      const message = this.#queue.shift();
      if (message === undefined) break;
      this.#queuedBytes -= message.length;
      receiver.onMessage(message);
    }
    if (this.#receiver !== receiver || this.#queue.length > 0) return;
    if (this.#end === undefined) this.connection.resume();
    else receiver.onEnd(this.#end.reason);
  }

  #onMessage(message: Uint8Array): void {
    if (this.#receiver !== undefined && this.#queue.length === 0) {
      this.#receiver.onMessage(message);
      return;
    }
    this.connection.pause();
    this.#queuedBytes += message.length;
    if (this.#queue.length >= MAX_QUEUED_MESSAGES || this.#queuedBytes > MAX_QUEUED_BYTES) {
      this.connection.abort();
      return;
    }
    // Not `slice`: a transport may lend a Buffer, and a Buffer's slice shares its memory.
    this.#queue.push(new Uint8Array(message));
  }

  #onEnd(reason: Error | undefined): void {
    this.#end = { reason };
    if (this.#queue.length === 0) this.#receiver?.onEnd(reason);
  }
}

function ended(connection: Connection): RoomkeyError {
  return new RoomkeyError(
    'RK_TRANSPORT_BROKEN',
    `${connection.remote.host} ended the connection before it was set up. Try again.`,
  );
}
