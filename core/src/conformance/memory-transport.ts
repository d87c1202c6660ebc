import { setImmediate as turn } from 'node:timers/promises';
import type {
  Connection,
  Listener,
  ListenOptions,
  OperationOptions,
  Transport,
  TransportAddress,
} from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { deferred, settleOrAbort } from '../util/deferred.js';
import { broken, MemoryConnection } from './memory-connection.js';

const FIRST_PORT = 49_152;

/** Selects connections dialed by `from` to `to`. */
export type LinkFilter = (from: string, to: TransportAddress) => boolean;

interface Link {
  readonly from: string;
  readonly to: TransportAddress;
  readonly ends: readonly [MemoryConnection, MemoryConnection];
}

/**
 * An in-memory network of machines, with a firewall, delays and cuts. Message buffers are
 * overwritten after delivery, so that a receiver that keeps one fails.
 */
export class MemoryNetwork {
  readonly #listeners = new Map<string, ListenOptions['onConnection']>();
  readonly #links = new Set<Link>();
  readonly #firewalls = new Set<LinkFilter>();
  readonly #blackholeFilters = new Set<LinkFilter>();
  #holds = 0;
  #nextPort = FIRST_PORT;

  /** The transport of the machine with this address. */
  machine(host: string): Transport {
    return {
      listen: (options) => this.#listen(host, options),
      dial: (address, options) => this.#dial(host, address, options),
    };
  }

  /** Rejects matching dials with `RK_TRANSPORT_UNREACHABLE`. @returns removes the filter */
  block(filter: LinkFilter = () => true): () => void {
    this.#firewalls.add(filter);
    return () => void this.#firewalls.delete(filter);
  }

  /** Never answers matching dials: they end only by their signal. @returns removes the filter */
  blackhole(filter: LinkFilter): () => void {
    this.#blackholeFilters.add(filter);
    return () => void this.#blackholeFilters.delete(filter);
  }

  /** Cuts matching connections: both ends get `RK_TRANSPORT_BROKEN`. @returns how many */
  cut(filter: LinkFilter = () => true): number {
    const links = [...this.#links].filter(({ from, to }) => filter(from, to));
    for (const { ends } of links) for (const end of ends) end.end(broken('was cut'));
    return links.length;
  }

  /** Holds back messages and regular ends; cuts take effect at once. @returns releases them */
  hold(): () => void {
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      if (this.#holds > 0) return;
      for (const { ends } of this.#links) for (const end of ends) end.schedule();
    };
  }

  /** The number of connections. */
  get size(): number {
    return this.#links.size;
  }

  async #listen(host: string, { onConnection, signal }: ListenOptions): Promise<Listener> {
    signal?.throwIfAborted();
    await turn();
    signal?.throwIfAborted();
    const port = this.#allocatePort();
    const key = keyOf({ host, port });
    this.#listeners.set(key, onConnection);
    return {
      port,
      close: () => {
        this.#listeners.delete(key);
        return Promise.resolve();
      },
    };
  }

  async #dial(
    from: string,
    to: TransportAddress,
    { signal }: OperationOptions = {},
  ): Promise<Connection> {
    signal?.throwIfAborted();
    await turn();
    signal?.throwIfAborted();
    if ([...this.#blackholeFilters].some((filter) => filter(from, to))) await never(signal);
    const onConnection = this.#listeners.get(keyOf(to));
    if (onConnection === undefined || [...this.#firewalls].some((filter) => filter(from, to))) {
      throw new RoomkeyError(
        'RK_TRANSPORT_UNREACHABLE',
        `No one answers at ${to.host} port ${to.port}.`,
      );
    }
    const isHeld = (): boolean => this.#holds > 0;
    const here = new MemoryConnection(to, isHeld);
    const there = new MemoryConnection({ host: from, port: this.#allocatePort() }, isHeld);
    const link: Link = { from, to, ends: [here, there] };
    this.#links.add(link);
    const forget = (): void => {
      if (here.isOver && there.isOver) this.#links.delete(link);
    };
    here.connectTo(there, forget);
    there.connectTo(here, forget);
    try {
      onConnection(there);
    } catch {
      there.abort();
    }
    return here;
  }

  #allocatePort(): number {
    this.#nextPort += 1;
    return this.#nextPort;
  }
}

/** Never resolves; rejects with the signal's reason. */
async function never(signal: AbortSignal | undefined): Promise<void> {
  const { promise } = deferred<never>();
  await (signal === undefined ? promise : settleOrAbort(promise, signal));
}

function keyOf({ host, port }: TransportAddress): string {
  return `${host} ${port}`;
}
