import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy between a client and a server that can delay, drop or cut the traffic. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;
  #delayMs = 0;
  #toCut: { readonly matches: (request: Buffer) => boolean; readonly done: () => void } | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target the server’s port on 127.0.0.1; without it the proxy accepts connections and stays silent */
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

  /** From now on drops everything without closing connections, like an unplugged cable. */
  goSilent(): void {
    this.#silent = true;
  }

  /** Forwards everything again on new connections; closes the old ones. */
  recover(): void {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Delays the traffic in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /**
   * Cuts the connection instead of forwarding the answer to a matching request, which the server has
   * carried out.
   *
   * @returns settles when it has cut
   */
  cutAnswer(matches: (request: Buffer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#toCut = { matches, done: resolve };
    });
  }

  #accept(client: Socket, target: number | undefined): void {
    this.#track(client);
    if (target === undefined) return;
    const server = connect(target, '127.0.0.1');
    this.#track(server);
    let done: (() => void) | undefined;
    this.#pipe(client, server, (request) => {
      if (this.#toCut?.matches(request) !== true) return;
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

  #pipe(from: Socket, to: Socket, onChunk: (chunk: Buffer) => void): void {
    from.on('data', (chunk: Buffer) => {
      onChunk(chunk);
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
