import type { TransportAddress } from '../contracts/transport.js';
import { hasCode, type RoomkeyError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import { addressKey } from './dial-race.js';

/** How often a host that says "busy" is asked, before that is taken for an answer. */
const BUSY_ATTEMPTS = 3;

/**
 * Where several addresses claim to be the host, some may be somebody else's, and no answer is taken
 * for the host's before this, ms: long enough for every host in reach to be asked where it is, and
 * to answer (50 ms, `docs/protocol.md`, Query).
 */
const HOST_WAIT_MS = 1_500;
/** Of that, what is left at least for whoever is dialled last, ms. */
const LAST_DIAL_MS = 250;

/**
 * After so many addresses that said no to the password, no other is asked: a host with many addresses
 * would count a mistyped password for each of them, and pauses at the fifth.
 */
const MAX_REFUSALS = 4;

/** What one address answered. */
interface Answer {
  readonly error: RoomkeyError;
  /** When it may be taken for the host's, by the clock. */
  readonly finalAt: number;
}

/**
 * What the addresses of a host answered in one search for it, and whether that is the host's answer.
 * An address that says no is not asked again: each handshake gives whoever is there a guess at the
 * password. An address where nobody answers says nothing.
 */
export class HostAnswers {
  readonly #clock: Clock;
  #addresses: readonly TransportAddress[] = [];
  readonly #refusals = new Map<string, Answer>();
  /** Of those the ones that said no to the password. */
  readonly #wrongPasswords: RoomkeyError[] = [];
  /** Those that said in this round that they are busy. */
  readonly #busy = new Map<string, Answer>();
  #busyRounds = 0;
  /** Of the first one that said so. */
  #busyFinalAt = Infinity;
  #roundBeganAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All addresses are tried once from now on. */
  beginRound(): void {
    this.#busy.clear();
    this.#roundBeganAt = this.#clock.now();
  }

  /**
   * Says which addresses there are now, the likeliest first.
   *
   * @returns those to be asked
   */
  untried(addresses: readonly TransportAddress[]): readonly TransportAddress[] {
    this.#addresses = addresses;
    if (this.isComplete) return [];
    return addresses.filter((address) => !this.#refusals.has(addressKey(address)));
  }

  /**
   * An address was tried in vain.
   *
   * @param gaveGuess whether it was given a guess at the password: who says no before that costs
   * nothing, and must not keep the others from being asked
   */
  add(address: TransportAddress, error: unknown, gaveGuess = false): void {
    const key = addressKey(address);
    const finalAt = this.#roundBeganAt + HOST_WAIT_MS;
    if (isRefusal(error)) {
      this.#refusals.set(key, { error, finalAt });
      if (gaveGuess) this.#wrongPasswords.push(error);
    } else if (hasCode(error, 'RK_HANDSHAKE_BUSY')) {
      this.#busyFinalAt = Math.min(this.#busyFinalAt, finalAt);
      this.#busy.set(key, { error, finalAt: this.#busyFinalAt });
    }
  }

  /** Whether no other address is to be asked. */
  get isComplete(): boolean {
    return this.#wrongPasswords.length >= MAX_REFUSALS;
  }

  /** Whether somebody said no, and an answer that counts more may still come. */
  get isRefused(): boolean {
    return isRefusal(this.#answer);
  }

  /** How long an answer that counts more is waited for, ms. */
  get waitMs(): number {
    return Math.max(0, this.#finalAt - this.#clock.now());
  }

  /**
   * How the rest of the round is to go: without end where nobody has answered, else not for longer
   * than the answer may wait.
   */
  get raceTiming(): { readonly dialledWithinMs: number; readonly overAfterMs?: number } {
    const dialledBefore = (ms: number): number => Math.max(0, ms - LAST_DIAL_MS);
    if (this.#answer === undefined) return { dialledWithinMs: dialledBefore(HOST_WAIT_MS) };
    const endsAt = this.isRefused ? this.#finalAt : this.#roundBeganAt + HOST_WAIT_MS;
    const overAfterMs = Math.max(0, endsAt - this.#clock.now());
    return { dialledWithinMs: dialledBefore(overAfterMs), overAfterMs };
  }

  /** The host's answer at the end of a round; undefined where it is to be sought further. */
  endRound(): RoomkeyError | undefined {
    // Where nobody else is asked, also that of an address that is gone: it would be no search any more.
    const answer = this.#answer ?? (this.isComplete ? this.#wrongPasswords[0] : undefined);
    const isBusy = hasCode(answer, 'RK_HANDSHAKE_BUSY');
    if (isBusy) this.#busyRounds += 1;
    const isAlone = this.#addresses.length === 1;
    const isHosts = isAlone || this.isComplete || this.waitMs === 0;
    return isHosts && (!isBusy || this.#busyRounds >= BUSY_ATTEMPTS) ? answer : undefined;
  }

  /** Only the likeliest address counts: anybody can repeat a beacon and answer with nonsense. */
  get #answer(): RoomkeyError | undefined {
    return this.#answers[0]?.error;
  }

  /** From the first of those on that still claim to be the host. */
  get #finalAt(): number {
    return Math.min(...this.#answers.map(({ finalAt }) => finalAt));
  }

  get #answers(): Answer[] {
    return this.#addresses.flatMap((address) => {
      const key = addressKey(address);
      return this.#refusals.get(key) ?? this.#busy.get(key) ?? [];
    });
  }
}

/** Whether it is an answer that another try would not change. */
export function isRefusal(error: unknown): error is RoomkeyError {
  return hasCode(error, 'RK_HANDSHAKE_FAILED') || hasCode(error, 'RK_HANDSHAKE_VERSION');
}
