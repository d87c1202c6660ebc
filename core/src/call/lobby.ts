import { toHex } from '../secure/bytes.js';
import { CloseCode } from '../secure/records.js';
import { nameKey } from '../people/names.js';
import type { Clock } from '../util/clock.js';
import type { IdentityAssessment } from './admission-control.js';
import type { PeerSession } from './peer-session.js';

/** Guests who wait at once. */
const MAX_KNOCKS = 4;
/** Guests from one address who knock within a minute. */
const MAX_GUESTS_PER_ADDRESS = 3;
/** Knocks of one guest within a minute: a bad connection makes it knock again. */
const MAX_KNOCKS_PER_GUEST = 6;
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
  /** Of this knock: a guest who knocks again by another name has another one. */
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
  readonly id: string;
  readonly session: PeerSession;
  readonly assessment: IdentityAssessment;
}

type Guest = Pick<Knock, 'identity' | 'name' | 'known'>;

/**
 * Where guests wait until the host lets them in (`docs/protocol.md`, Letting in). It takes no place in
 * the room.
 */
export class Lobby {
  readonly #policy: LetIn;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onChange: () => void;
  /** By identity, oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  #nextId = 1;
  /** How many waited at the last `onChange`. */
  #reportedSize = 0;
  /**
   * Guests who were let in come back without a question, as after a lost connection: by the name that
   * the host's user was asked about.
   */
  readonly #letIn = new Set<string>();
  /** When identities and addresses may ask again; one entry of each per decision of the user. */
  readonly #heldUntil = new Map<string, number>();
  /** The knocks of the last minute. */
  #recent: { readonly address: string; readonly identity: string; readonly at: number }[] = [];

  constructor(policy: LetIn, clock: Pick<Clock, 'now'>, onChange: () => void) {
    this.#policy = policy;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The guests who wait, oldest first. */
  get knocks(): readonly Knock[] {
    return Array.from(this.#waiting.values(), ({ id, session, assessment }) => {
      const { name, identity } = session.security.peer;
      return { id, name, identity, ...assessment };
    });
  }

  /** Decides on a verified guest and counts its knock. */
  decide(guest: Guest, address: string): LobbyDecision {
    if (this.#policy === 'anyone' || this.#letIn.has(keyOf(guest))) return 'let-in';
    if (this.#policy === 'known') return guest.known === 'same' ? 'let-in' : 'declined';
    const identity = toHex(guest.identity);
    const now = this.#clock.now();
    if (this.#isHeld(identity, now) || this.#isHeld(address, now)) return 'held';
    if (!this.#mayKnock(identity, address, now)) return 'full';
    if (!this.#waiting.has(identity) && !this.#makeRoom(guest, address)) return 'full';
    this.#recent.push({ address, identity, at: now });
    return 'ask';
  }

  /** Adds a guest that waits. A newer session of the same guest replaces the older one. */
  add(session: PeerSession, assessment: IdentityAssessment): void {
    const { name, identity } = session.security.peer;
    const key = toHex(identity);
    const replaced = this.#waiting.get(key);
    void replaced?.session.close(CloseCode.replaced, 'you joined from elsewhere');
    this.#waiting.delete(key);
    // The same question, unless what the host's user was asked has changed.
    const isSame =
      replaced?.session.security.peer.name === name &&
      replaced.assessment.known === assessment.known;
    const id = isSame ? replaced.id : String(this.#nextId++);
    this.#waiting.set(key, { id, session, assessment });
    this.#notify();
  }

  /** Its session ended. */
  remove(session: PeerSession): void {
    for (const [key, waiting] of this.#waiting) {
      if (waiting.session === session && this.#waiting.delete(key)) this.#notify();
    }
  }

  /**
   * Takes out the session of a guest that the host lets in. `report` follows, or `close` first, so that
   * no one asks about the others meanwhile: there may be no place for them any more.
   *
   * @returns undefined if it is gone
   */
  letIn(id: string): PeerSession | undefined {
    const found = this.#find(id);
    if (found !== undefined) this.#waiting.delete(found.key);
    return found?.waiting.session;
  }

  /** What became of a guest that `letIn` took out is decided: the others wait, unless it was `close`. */
  report(): void {
    this.#notify();
  }

  /** A guest has the place: it can come back, and for all who wait the room is full. */
  close(guest: Pick<Guest, 'identity' | 'name'>): void {
    if (this.#policy === 'ask') this.#letIn.add(keyOf(guest));
    void this.clear(CloseCode.roomFull);
  }

  /** Declines a guest and all at its address, and those of either for ten minutes. */
  async decline(id: string): Promise<void> {
    const found = this.#find(id);
    if (found === undefined) return;
    const address = found.waiting.session.remoteHost;
    const until = this.#clock.now() + DECLINED_MS;
    this.#heldUntil.set(found.key, until);
    this.#heldUntil.set(address, until);
    const declined = [...this.#waiting].filter(([, { session }]) => session.remoteHost === address);
    for (const [key] of declined) this.#waiting.delete(key);
    this.#notify();
    await Promise.all(
      declined.map(([, { session }]) =>
        session.close(CloseCode.declined, 'the host did not let you in'),
      ),
    );
  }

  /** Closes all sessions that wait: the room is full, or the call is over. */
  async clear(code: number): Promise<void> {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#notify();
    await Promise.all(waiting.map(({ session }) => session.close(code, '')));
  }

  /** Whether neither this guest nor others from its address knocked too often in the last minute. */
  #mayKnock(identity: string, address: string, now: number): boolean {
    this.#recent = this.#recent.filter(({ at }) => now - at < KNOCK_WINDOW_MS);
    const own = this.#recent.filter((knock) => knock.identity === identity).length;
    const others = new Set(
      this.#recent
        .filter((knock) => knock.address === address && knock.identity !== identity)
        .map((knock) => knock.identity),
    );
    return own < MAX_KNOCKS_PER_GUEST && others.size < MAX_GUESTS_PER_ADDRESS;
  }

  /**
   * Makes room for one more: a guest met before comes before strangers, and one from an address that
   * has no knock before the newest of an address that has several, so that no computer fills the lobby.
   */
  #makeRoom({ known }: Guest, address: string): boolean {
    if (this.#waiting.size < MAX_KNOCKS) return true;
    const newestFirst = [...this.#waiting.values()].reverse();
    const at = (other: string): number =>
      newestFirst.filter(({ session }) => session.remoteHost === other).length;
    const evicted =
      newestFirst.find(({ assessment }) => known === 'same' && assessment.known === 'new') ??
      newestFirst.find(({ session }) => at(address) === 0 && at(session.remoteHost) > 1);
    if (evicted === undefined) return false;
    this.#waiting.delete(toHex(evicted.session.security.peer.identity));
    void evicted.session.close(CloseCode.lobbyFull, 'too many wait to be let in');
    return true;
  }

  #find(id: string): { readonly key: string; readonly waiting: Waiting } | undefined {
    for (const [key, waiting] of this.#waiting) if (waiting.id === id) return { key, waiting };
    return undefined;
  }

  #notify(): void {
    if (this.#waiting.size === 0 && this.#reportedSize === 0) return;
    this.#reportedSize = this.#waiting.size;
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

/** Who the host's user was asked about: this identity, by this name. */
function keyOf({ identity, name }: Pick<Guest, 'identity' | 'name'>): string {
  return `${toHex(identity)} ${nameKey(name)}`;
}
