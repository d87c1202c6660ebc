import type { KnownPeers } from '../people/known-peers.js';
import type { Resemblance } from '../people/known-peers-snapshot.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import type { NamedIdentity } from '../people/known-peer-file.js';
import { equalBytes } from '../secure/bytes.js';
import type { SecurityContext } from '../secure/security-context.js';
import type { Participant } from './state.js';

type Peer = SecurityContext['peer'];

/** What somebody who was recognised is to who lets them in. */
export type IdentityAssessment = Pick<Participant, 'known' | keyof Resemblance>;

/** Decides whether somebody verified may be the partner: who is recognised, and one at a time. */
export class AdmissionControl {
  readonly #knownPeers: Pick<KnownPeers, 'verify' | 'remember' | 'resemblance'>;
  readonly #own: NamedIdentity;
  readonly #currentPeer: () => Peer | undefined;
  readonly #onNotStored: (error: unknown) => void;
  /** Who was recognised and is not the partner yet. */
  #admitted: Peer | undefined;
  #lastWrite: Promise<void> = Promise.resolve();

  /**
   * @param options.own who lets others in
   * @param options.present who the partner is
   * @param options.onNotStored told that somebody new could not be remembered, and is let in
   */
  constructor(options: {
    readonly people: Pick<KnownPeers, 'verify' | 'remember' | 'resemblance'>;
    readonly own: NamedIdentity;
    readonly currentPeer: () => Peer | undefined;
    readonly onNotStored: (error: unknown) => void;
  }) {
    this.#knownPeers = options.people;
    this.#own = options.own;
    this.#currentPeer = options.currentPeer;
    this.#onNotStored = options.onNotStored;
  }

  /**
   * Recognises a peer, and keeps the partner's place for it until `release`. Nothing is remembered of
   * it yet.
   *
   * @returns `full` where somebody else has the place
   * @throws RoomkeyError `RK_PERSON_CHANGED`, `RK_STORAGE_*`
   */
  async admit(peer: Peer): Promise<IdentityAssessment | 'full'> {
    const known = await this.#knownPeers.verify(peer);
    // Only now: somebody who is not recognised must not keep others out meanwhile. The same person
    // may come again by a newer connection.
    const current = this.#admitted ?? this.#currentPeer();
    if (current !== undefined && !equalBytes(current.identity, peer.identity)) return 'full';
    this.#admitted = peer;
    if (known === 'same') return { known };
    return { known, ...(await this.#knownPeers.resemblance(peer, this.#own)) };
  }

  /**
   * Remembers somebody new, now that the two are in a call: who was refused, or found the room full,
   * has met nobody. Where it cannot be stored the call goes on.
   *
   * @throws IdentityMismatchError where somebody else was met by this name meanwhile, as in another call
   */
  async remember(peer: Peer, { known }: IdentityAssessment): Promise<void> {
    if (known === 'same') return;
    const remembering = this.#knownPeers.remember(peer).catch((error: unknown) => {
      if (error instanceof IdentityMismatchError) throw error;
      this.#onNotStored(error);
    });
    this.#lastWrite = remembering.catch(() => undefined);
    await remembering;
  }

  /** Once nothing is being written. */
  async settled(): Promise<void> {
    await this.#lastWrite;
  }

  /** The peer is the partner now, or did not come to be. */
  release(peer: Peer): void {
    if (this.#admitted === peer) this.#admitted = undefined;
  }
}
