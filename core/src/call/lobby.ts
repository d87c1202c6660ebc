import { toHex } from '../secure/bytes.js';
import { CloseCode } from '../secure/records.js';
import type { Clock } from '../util/clock.js';
import type { IdentityAssessment } from './admission-control.js';
import type { PeerSession } from './peer-session.js';

/** Guests who wait at once. */
const MAX_KNOCKS = 4;
/** Knocks from one address within a minute. */
const MAX_KNOCKS_PER_ADDRESS = 3;
const KNOCK_WINDOW_MS = 60_000;
/** How long a guest who was declined cannot ask again, by identity and by address, ms. */
export const DECLINED_MS = 10 * 60_000;

/**
 * Who gets in without a question to the host's user: no one, guests met before, or anyone who passes
 * the handshake. With `known`, all others are declined.
 */
export type LetIn = 'ask' | 'known' | 'anyone';

/** A guest who passed the handshake and waits to be let in. */
export interface Knock extends IdentityAssessment {
  /** The identity in hexadecimal; a guest knocks once at a time. */
  readonly id: string;
  /** Self-chosen. */
  readonly name: string;
  /** The Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
}

/** What happens to a guest. `held`: was declined a short time ago, by identity or address. */
export type LobbyDecision = 'let-in' | 'ask' | 'declined' | 'held' | 'full';

/** A guest that waits, and its session. */
interface Waiting {
  readonly session: PeerSession;
  readonly assessment: IdentityAssessment;
}

/**
 * Where guests wait until the host lets them in (`docs/protocol.md`, Letting in). It takes no place in
 * the room.
 */
export class Lobby {
  readonly #policy: LetIn;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onChange: () => void;
  readonly #waiting = new Map<string, Waiting>();
  /** How many waited at the last `onChange`. */
  #toldSize = 0;
  /** Guests who were let in come back without being asked for again, as after a lost connection. */
  readonly #letIn = new Set<string>();
  /** When identities and addresses may ask again; one entry of each per decision of the user. */
  readonly #heldUntil = new Map<string, number>();
  /** The knocks of the last minute. */
  #recent: { readonly address: string; readonly at: number }[] = [];

  constructor(policy: LetIn, clock: Pick<Clock, 'now'>, onChange: () => void) {
    this.#policy = policy;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The guests who wait, oldest first. */
  get knocks(): readonly Knock[] {
    return Array.from(this.#waiting, ([id, { session, assessment }]) => {
      const { name, identity } = session.security.peer;
      return { id, name, identity, ...assessment };
    });
  }

  /** Decides on a verified guest and counts its knock. */
  decide(guest: Pick<Knock, 'identity' | 'known'>, address: string): LobbyDecision {
    const id = toHex(guest.identity);
    if (this.#policy === 'anyone' || this.#letIn.has(id)) return 'let-in';
    if (this.#policy === 'known') return guest.known === 'same' ? 'let-in' : 'declined';
    const now = this.#clock.now();
    if (this.#isHeld(id, now) || this.#isHeld(address, now)) return 'held';
    this.#recent = this.#recent.filter(({ at }) => now - at < KNOCK_WINDOW_MS);
    const ofAddress = this.#recent.filter((knock) => knock.address === address).length;
    const isFull = this.#waiting.size >= MAX_KNOCKS && !this.#waiting.has(id);
    if (isFull || ofAddress >= MAX_KNOCKS_PER_ADDRESS) return 'full';
    this.#recent.push({ address, at: now });
    return 'ask';
  }

  /** Adds a guest that waits. A newer session of the same guest replaces the older one. */
  add(session: PeerSession, assessment: IdentityAssessment): void {
    const id = toHex(session.security.peer.identity);
    void this.#waiting.get(id)?.session.close(CloseCode.replaced, 'you joined from elsewhere');
    this.#waiting.delete(id);
    this.#waiting.set(id, { session, assessment });
    this.#notify();
  }

  /** Its session ended. */
  remove(session: PeerSession): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.session === session) this.#take(id);
    }
  }

  /**
   * Takes out a guest that the host lets in. `close` follows, which reports it, so that no one asks
   * about the others: there is no place for them any more.
   *
   * @returns undefined if it is gone
   */
  letIn(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** A guest has the place: it can come back, and for all who wait the room is full. */
  close(identity: Uint8Array): void {
    this.#letIn.add(toHex(identity));
    void this.clear(CloseCode.roomFull);
  }

  /** Declines a guest, and those of its identity and address for ten minutes. */
  async decline(id: string): Promise<void> {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    const until = this.#clock.now() + DECLINED_MS;
    this.#heldUntil.set(id, until);
    this.#heldUntil.set(waiting.session.remoteHost, until);
    await waiting.session.close(CloseCode.declined, 'the host did not let you in');
  }

  /** Closes all sessions that wait: the room is full, or the call is over. */
  async clear(code: number): Promise<void> {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#notify();
    await Promise.all(waiting.map(({ session }) => session.close(code, '')));
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (this.#waiting.delete(id)) this.#notify();
    return waiting;
  }

  #notify(): void {
    if (this.#waiting.size === 0 && this.#toldSize === 0) return;
    this.#toldSize = this.#waiting.size;
    this.#onChange();
  }

  #isHeld(key: string, now: number): boolean {
    const until = this.#heldUntil.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#heldUntil.delete(key);
    return false;
  }
}
