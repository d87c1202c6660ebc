import { ConfigFolder, Inject } from '../container/index.js';
import { token } from '../contracts/token.js';
import { toHex } from '../secure/bytes.js';
import { KnownPeers } from './known-peers.js';

/** What `People` works with. */
export interface PeopleOptions {
  /** The folder for the secrets of this user on this machine. */
  readonly configFolder: string;
}

/**
 * The known peers of each account. One `KnownPeers` per account, so that changes are serialized and all
 * listeners see them.
 */
export class People {
  readonly #configFolder: string;
  readonly #known = new Map<string, KnownPeers>();

  constructor(@Inject({ configFolder: ConfigFolder }) { configFolder }: PeopleOptions) {
    this.#configFolder = configFolder;
  }

  /** @param account its public key, 32 bytes */
  of(account: Uint8Array): KnownPeers {
    const key = toHex(account);
    let known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, (known = new KnownPeers(this.#configFolder, account)));
    }
    return known;
  }
}

export const PeopleToken = token<People>('people');
