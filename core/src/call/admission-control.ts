import type { KnownPeers } from '../people/known-peers.js';
import type { Resemblance } from '../people/known-peers-snapshot.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import type { NamedIdentity } from '../people/known-peer-file.js';
import { equalBytes } from '../secure/bytes.js';
import type { SecurityContext } from '../secure/security-context.js';
import type { Participant } from './state.js';

type Peer = SecurityContext['peer'];

/** What is known of the identity of a peer that may be admitted. */
export type IdentityAssessment = Pick<Participant, 'known' | keyof Resemblance>;

/** Decides whether a verified peer may be the partner: only with an unchanged identity, one at a time. */
export class AdmissionControl {
  readonly #knownPeers: Pick<KnownPeers, 'verify' | 'remember' | 'resemblance'>;
  readonly #own: NamedIdentity;
  readonly #currentPeer: () => Peer | undefined;
  readonly #onNotStored: (error: unknown) => void;
  /** The peer that was admitted and is not the partner yet. */
  #admitted: Peer | undefined;
  #lastWrite: Promise<void> = Promise.resolve();

  /**
   * @param options.own the user of this side
   * @param options.currentPeer the partner
   * @param options.onNotStored a new peer could not be remembered; it is admitted anyway
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
   * Checks the identity of a peer. Remembers and reserves nothing yet: a peer whose identity changed,
   * or who has to be let in first, must not keep others out.
   *
   * @throws RoomkeyError `RK_IDENTITY_MISMATCH`, `RK_STORAGE_*`
   */
  async assess(peer: Peer): Promise<IdentityAssessment> {
    const known = await this.#knownPeers.verify(peer);
    if (known === 'same') return { known };
    return { known, ...(await this.#knownPeers.resemblance(peer, this.#own)) };
  }

  /** Whether a different peer has the partner's place. The same one may come by a newer connection. */
  isFullFor(peer: Peer): boolean {
    const current = this.#admitted ?? this.#currentPeer();
    return current !== undefined && !equalBytes(current.identity, peer.identity);
  }

  /** Reserves the partner's place, which is not full for this peer, until `release`. */
  reserve(peer: Peer): void {
    this.#admitted = peer;
  }

  /**
   * Remembers a new peer when the call begins: a peer that was refused, or found the room full, was
   * not met. If storing fails, the call continues.
   *
   * @throws IdentityMismatchError if a peer with this name and a different identity was met meanwhile,
   * for example in another call
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

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#lastWrite;
  }

  /** The peer is the partner now, or was refused. */
  release(peer: Peer): void {
    if (this.#admitted === peer) this.#admitted = undefined;
  }
}
