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

/** Those who look at rooms, with whom they have met and where they were. */
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

  /** Whoever is signed in, as of now; what cannot be read of the people they met is warned of once. */
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

  /** Tells when they may see rooms otherwise, for whom they have met or where they were. */
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
