import type { Logger } from '../contracts/logger.js';
import type { SignedIn } from '../people/accounts.js';
import type { People } from '../people/people.js';
import type { Unsubscribe } from '../util/emitter.js';
import type { Viewer } from './room-entry.js';

/** What `Viewers` works with. */
export interface ViewersOptions {
  readonly people: Pick<People, 'of'>;
  readonly logger: Logger;
}

/** Those who look at rooms, with whom they have met. */
export class Viewers {
  readonly #people: Pick<People, 'of'>;
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor({ people, logger }: ViewersOptions) {
    this.#people = people;
    this.#logger = logger;
  }

  /** Whoever is signed in, as of now; what cannot be read of the people they met is warned of once. */
  async of(account: SignedIn | undefined): Promise<Viewer | undefined> {
    if (account === undefined) return undefined;
    const identity = account.identity.publicKey;
    const met = await this.#people.of(identity).all(({ message }) => {
      if (this.#told.has(message)) return;
      this.#told.add(message);
      this.#logger.warn(message);
    });
    return { identity, met };
  }

  /** Tells when they may see rooms otherwise, for whom they have met. */
  onChange(account: SignedIn | undefined, listener: () => void): Unsubscribe {
    if (account === undefined) return () => undefined;
    return this.#people.of(account.identity.publicKey).onChange(listener);
  }
}
