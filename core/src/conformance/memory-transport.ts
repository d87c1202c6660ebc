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

/** Whether something happens to a connection that `from` dials, or dialled, at `to`. */
export type LinkFilter = (from: string, to: TransportAddress) => boolean;

interface Link {
  readonly from: string;
  readonly to: TransportAddress;
  readonly ends: readonly [MemoryConnection, MemoryConnection];
}

/**
 * A network in memory: machines that reach one another, a firewall, a slow wire and a pair of
 * scissors. What a receiver is lent is overwritten after the call, so that who keeps it fails.
 */
export class MemoryNetwork {
  readonly #listeners = new Map<string, ListenOptions['onConnection']>();
  readonly #links = new Set<Link>();
  readonly #firewalls = new Set<LinkFilter>();
  readonly #blackholes = new Set<LinkFilter>();
  #holds = 0;
  #nextPort = FIRST_PORT;

  /** The transport of the machine that has this address. */
  machine(host: string): Transport {
    return {
      listen: (options) => this.#listen(host, options),
      dial: (address, options) => this.#dial(host, address, options),
    };
  }

  /** Drops whatever is dialled and fits, as `RK_TRANSPORT_UNREACHABLE`. @returns takes it back */
  block(filter: LinkFilter = () => true): () => void {
    this.#firewalls.add(filter);
    return () => void this.#firewalls.delete(filter);
  }

  /** Swallows what is dialled and fits: the dial ends by its signal only. @returns takes it back */
  blackhole(filter: LinkFilter): () => void {
    this.#blackholes.add(filter);
    return () => void this.#blackholes.delete(filter);
  }

  /** Cuts the connections that fit: both ends get `RK_TRANSPORT_BROKEN`. @returns how many */
  cut(filter: LinkFilter = () => true): number {
    const links = [...this.#links].filter(({ from, to }) => filter(from, to));
    for (const { ends } of links) for (const end of ends) end.end(broken('was cut'));
    return links.length;
  }

  /** Holds messages and proper ends on the wire; a cut is felt at once. @returns lets them go on */
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

  /** How many connections there are. */
  get size(): number {
    return this.#links.size;
  }

  async #listen(host: string, { onConnection, signal }: ListenOptions): Promise<Listener> {
    signal?.throwIfAborted();
    await turn();
    signal?.throwIfAborted();
    const port = this.#takePort();
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
    if ([...this.#blackholes].some((filter) => filter(from, to))) await never(signal);
    const onConnection = this.#listeners.get(keyOf(to));
    if (onConnection === undefined || [...this.#firewalls].some((filter) => filter(from, to))) {
      throw new RoomkeyError(
        'RK_TRANSPORT_UNREACHABLE',
        `Nobody answers at ${to.host} port ${to.port}.`,
      );
    }
    const isHeld = (): boolean => this.#holds > 0;
    const here = new MemoryConnection(to, isHeld);
    const there = new MemoryConnection({ host: from, port: this.#takePort() }, isHeld);
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

  #takePort(): number {
    this.#nextPort += 1;
    return this.#nextPort;
  }
}

/** Rejects with the reason of the signal. */
async function never(signal: AbortSignal | undefined): Promise<void> {
  const { promise } = deferred<never>();
  await (signal === undefined ? promise : settleOrAbort(promise, signal));
}

function keyOf({ host, port }: TransportAddress): string {
  return `${host} ${port}`;
}
