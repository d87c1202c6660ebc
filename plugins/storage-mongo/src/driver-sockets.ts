import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

const current = new AsyncLocalStorage<DriverSockets>();

subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket?: unknown };
  if (socket instanceof Socket) current.getStore()?.track(socket);
});

/**
 * The TCP sockets that the driver opens for one client. Closing the client leaves one open on which a
 * handshake goes on, and with a server that never ends its answer that is for ever: it would keep the
 * process from ending, and take as much memory as the server likes. (Over TLS, which only a server
 * with a trusted certificate gets that far with, they are not seen.)
 */
export class DriverSockets {
  readonly #open = new Set<Socket>();
  #destroyed = false;

  /** Runs what may open sockets, at once or later. */
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

  /** Ends them, and each that is still to come. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#open) socket.destroy();
  }
}
