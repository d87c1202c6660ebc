import type { Logger } from '../contracts/logger.js';
import type { SignedIn } from '../people/accounts.js';
import type { People } from '../people/people.js';
import { equalBytes } from '../secure/bytes.js';
import type { Unsubscribe } from '../util/emitter.js';
import type { Viewer } from './room-entry.js';
import type { VisitedRooms } from './visited-rooms.js';

/** What `Viewers` works with. */
export interface ViewersOptions {
  readonly people: Pick<People, 'of'>;
  readonly visits: VisitedRooms;
  readonly logger: Logger;
}

/** Accounts that list rooms, with their known peers and visits. */
export class Viewers {
  readonly #people: Pick<People, 'of'>;
  readonly #visits: VisitedRooms;
  readonly #logger: Logger;
  readonly #warned = new Set<string>();

  constructor({ people, visits, logger }: ViewersOptions) {
    this.#people = people;
    this.#visits = visits;
    this.#logger = logger;
  }

  /** Reads a viewer; warns once of each file of known peers that cannot be read. */
  async of(account: SignedIn | undefined): Promise<Viewer | undefined> {
    if (account === undefined) return undefined;
    const identity = account.identity.publicKey;
    const met = await this.#people.of(identity).snapshot(({ code, message }) => {
      if (this.#warned.has(message)) return;
      this.#warned.add(message);
      this.#logger.warn(message, { code });
    });
    return { name: account.name, identity, met, visited: await this.#visits.list(identity) };
  }

  /** Called when known peers or visits of the account change, and so its view of rooms. */
  onChange(account: SignedIn | undefined, listener: () => void): Unsubscribe {
    if (account === undefined) return () => undefined;
    const identity = account.identity.publicKey;
    const unsubscribe = [
      this.#people.of(identity).onChange(listener),
      this.#visits.on('changed', (change) => {
        if (equalBytes(change.account, identity)) listener();
      }),
    ];
    return () => {
      for (const stop of unsubscribe) stop();
    };
  }
}
