import type { KnownPeers } from '../people/known-peers.js';
import type { Resemblance } from '../people/known-peers-snapshot.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import type { Person } from '../people/known-peer-file.js';
import { equalBytes } from '../secure/bytes.js';
import type { SecurityContext } from '../secure/security-context.js';
import type { Participant } from './state.js';

type Peer = SecurityContext['peer'];

/** What somebody who was recognised is to who lets them in. */
export type Recognised = Pick<Participant, 'known' | keyof Resemblance>;

/** Decides whether somebody verified may be the partner: who is recognised, and one at a time. */
export class Recognition {
  readonly #people: Pick<KnownPeers, 'require' | 'remember' | 'resemblance'>;
  readonly #own: Person;
  readonly #present: () => Peer | undefined;
  readonly #onNotStored: (error: unknown) => void;
  /** Who was recognised and is not the partner yet. */
  #arriving: Peer | undefined;
  #remembering: Promise<void> = Promise.resolve();

  /**
   * @param options.own who lets others in
   * @param options.present who the partner is
   * @param options.onNotStored told that somebody new could not be remembered, and is let in
   */
  constructor(options: {
    readonly people: Pick<KnownPeers, 'require' | 'remember' | 'resemblance'>;
    readonly own: Person;
    readonly present: () => Peer | undefined;
    readonly onNotStored: (error: unknown) => void;
  }) {
    this.#people = options.people;
    this.#own = options.own;
    this.#present = options.present;
    this.#onNotStored = options.onNotStored;
  }

  /**
   * Recognises a peer, and keeps the partner's place for it until `release`. Nothing is remembered of
   * it yet.
   *
   * @returns `full` where somebody else has the place
   * @throws RoomkeyError `RK_PERSON_CHANGED`, `RK_STORAGE_*`
   */
  async admit(peer: Peer): Promise<Recognised | 'full'> {
    const known = await this.#people.require(peer);
    // Only now: somebody who is not recognised must not keep others out meanwhile. The same person
    // may come again by a newer connection.
    const present = this.#arriving ?? this.#present();
    if (present !== undefined && !equalBytes(present.identity, peer.identity)) return 'full';
    this.#arriving = peer;
    if (known === 'same') return { known };
    return { known, ...(await this.#people.resemblance(peer, this.#own)) };
  }

  /**
   * Remembers somebody new, now that the two are in a call: who was refused, or found the room full,
   * has met nobody. Where it cannot be stored the call goes on.
   *
   * @throws IdentityMismatchError where somebody else was met by this name meanwhile, as in another call
   */
  async remember(peer: Peer, { known }: Recognised): Promise<void> {
    if (known === 'same') return;
    const remembering = this.#people.remember(peer).catch((error: unknown) => {
      if (error instanceof IdentityMismatchError) throw error;
      this.#onNotStored(error);
    });
    this.#remembering = remembering.catch(() => undefined);
    await remembering;
  }

  /** Once nothing is being written. */
  async settled(): Promise<void> {
    await this.#remembering;
  }

  /** The peer is the partner now, or did not come to be. */
  release(peer: Peer): void {
    if (this.#arriving === peer) this.#arriving = undefined;
  }
}
