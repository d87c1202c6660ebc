import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

const current = new AsyncLocalStorage<DriverSockets>();

subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket?: unknown };
  if (socket instanceof Socket) current.getStore()?.track(socket);
});

/**
 * The TCP sockets that the driver opens for one client. Closing the client leaves a
 * socket open during a handshake. If the server never ends its answer, that socket keeps the process
 * running and uses unbounded memory. (TLS sockets are not tracked; a server needs a trusted
 * certificate to get that far.)
 */
export class DriverSockets {
  readonly #open = new Set<Socket>();
  #destroyed = false;

  /** Runs work that may open sockets, now or later. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  track(socket: Socket): void {
    if (this.#destroyed) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Destroys all sockets, also future ones. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#open) socket.destroy();
  }
}
