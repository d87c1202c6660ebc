import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server, and can treat what passes badly. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;
  #delayMs = 0;
  #toCut: { readonly fits: (request: Buffer) => boolean; readonly done: () => void } | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target the server’s port on 127.0.0.1; without one, it takes connections and says nothing */
  static async start(target?: number): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server);
    server.on('connection', (client) => proxy.#accept(client, target));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => proxy.#close());
    return proxy;
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on nothing passes, and neither side is told: a cable that was pulled out. */
  goSilent(): void {
    this.#silent = true;
  }

  /** Lets everything pass again on new connections; the old ones are gone. */
  recover(): void {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Holds back what passes, in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /**
   * Cuts the connection in place of passing on the answer to a request: the server has done it.
   *
   * @returns settles when it was done
   */
  cutAnswer(fits: (request: Buffer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#toCut = { fits, done: resolve };
    });
  }

  #accept(client: Socket, target: number | undefined): void {
    this.#track(client);
    if (target === undefined) return;
    const server = connect(target, '127.0.0.1');
    this.#track(server);
    let done: (() => void) | undefined;
    this.#pipe(client, server, (request) => {
      if (this.#toCut?.fits(request) !== true) return;
      done = this.#toCut.done;
      this.#toCut = undefined;
    });
    this.#pipe(server, client, () => {
      if (done === undefined) return;
      client.destroy();
      done();
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  #pipe(from: Socket, to: Socket, look: (chunk: Buffer) => void): void {
    from.on('data', (chunk: Buffer) => {
      look(chunk);
      if (this.#silent) return;
      setTimeout(() => {
        if (!this.#silent && !to.destroyed) to.write(chunk);
      }, this.#delayMs);
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
