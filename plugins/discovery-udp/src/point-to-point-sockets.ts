import type { Socket } from 'node:dgram';

/** A socket, or the error of opening it. */
type Bound = Socket | Error;

/** Sockets bound to one own address each, open while the machine has that address. */
export class PointToPointSockets {
  readonly #bind: (address: string) => Promise<Socket>;
  readonly #sockets = new Map<string, Promise<Bound>>();

  constructor(bind: (address: string) => Promise<Socket>) {
    this.#bind = bind;
  }

  /** Returns one per address, in order; closes those of other addresses. */
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
        // For example, the address has just disappeared. The next broadcast tries again.
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
