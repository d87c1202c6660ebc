import type { Socket } from 'node:dgram';

/** A socket, or why it could not be opened. */
type Bound = Socket | Error;

/** Sockets that are bound to one own address each, open as long as the machine has that address. */
export class PointToPointSockets {
  readonly #bind: (address: string) => Promise<Socket>;
  readonly #sockets = new Map<string, Promise<Bound>>();

  constructor(bind: (address: string) => Promise<Socket>) {
    this.#bind = bind;
  }

  /** One for each of these addresses, in their order; those of others are closed. */
  async openFor(addresses: readonly string[]): Promise<Bound[]> {
    for (const address of this.#sockets.keys()) {
      if (!addresses.includes(address)) void this.#close(address);
    }
    return await Promise.all(addresses.map((address) => this.#open(address)));
  }

  /** Closes all. */
  async close(): Promise<void> {
    await Promise.all([...this.#sockets.keys()].map((address) => this.#close(address)));
  }

  #open(address: string): Promise<Bound> {
    const opening =
      this.#sockets.get(address) ??
      this.#bind(address).catch((error: unknown) => {
        // Such as an address that went in this moment: it is tried again at the next broadcast.
        this.#sockets.delete(address);
        return error as Error;
      });
    this.#sockets.set(address, opening);
    return opening;
  }

  async #close(address: string): Promise<void> {
    const opening = this.#sockets.get(address);
    this.#sockets.delete(address);
    const bound = await opening;
    if (bound === undefined || bound instanceof Error) return;
    await new Promise<void>((resolve) => bound.close(resolve));
  }
}
