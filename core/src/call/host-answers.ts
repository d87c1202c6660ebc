import type { TransportAddress } from '../contracts/transport.js';
import { hasCode, type RoomkeyError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import { addressKey } from './dial-race.js';

/** The number of rounds with the answer "busy" before it is final. */
const BUSY_ATTEMPTS = 3;

/**
 * If several addresses claim to be the host, some may belong to others. No answer is final before
 * this time, ms: it is long enough to query all hosts on the network and to get their answers (50 ms,
 * `docs/protocol.md`, Query).
 */
const HOST_WAIT_MS = 1_500;
/** The part of that time that the last address has at least, ms. */
const LAST_DIAL_MS = 250;

/**
 * After this number of addresses refused the password, no other is tried: a host with many addresses
 * would count a mistyped password for each of them, and pauses at the fifth.
 */
const MAX_REFUSALS = 4;

/** The answer of one address. */
interface Answer {
  readonly error: RoomkeyError;
  /** When it may count as the answer of the host, by `#clock`. */
  readonly finalAt: number;
}

/**
 * The answers of a host's addresses in one search, and whether one of them is the answer of the host.
 * An address that refuses is not tried again, because each handshake lets the peer guess at the
 * password once. An address without an answer does not count.
 */
export class HostAnswers {
  readonly #clock: Clock;
  #addresses: readonly TransportAddress[] = [];
  readonly #refusals = new Map<string, Answer>();
  /** The refusals of the password among them. */
  readonly #wrongPasswords: RoomkeyError[] = [];
  /** The addresses that answered "busy" in this round. */
  readonly #busy = new Map<string, Answer>();
  #busyRounds = 0;
  /** `finalAt` of the first one that was busy. */
  #busyFinalAt = Infinity;
  #roundBeganAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a round, in which each address is tried once. */
  beginRound(): void {
    this.#busy.clear();
    this.#roundBeganAt = this.#clock.now();
  }

  /**
   * Sets the current addresses, most likely first.
   *
   * @returns those to try
   */
  untried(addresses: readonly TransportAddress[]): readonly TransportAddress[] {
    this.#addresses = addresses;
    if (this.isComplete) return [];
    return addresses.filter((address) => !this.#refusals.has(addressKey(address)));
  }

  /**
   * Adds a failed attempt at an address.
   *
   * @param gaveGuess whether the peer could guess at the password; a refusal before that costs nothing
   * and must not keep other addresses from being tried
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

  /** Whether no more addresses may be tried. */
  get isComplete(): boolean {
    return this.#wrongPasswords.length >= MAX_REFUSALS;
  }

  /** Whether an address refused, and a more likely one may still answer. */
  get isRefused(): boolean {
    return isRefusal(this.#answer);
  }

  /** How long to wait for a more likely address, ms. */
  get waitMs(): number {
    return Math.max(0, this.#finalAt - this.#clock.now());
  }

  /**
   * The time limits of the rest of the round: none if no address has answered, else the time that the
   * answer may wait.
   */
  get raceTiming(): { readonly dialedWithinMs: number; readonly overAfterMs?: number } {
    const dialedBefore = (ms: number): number => Math.max(0, ms - LAST_DIAL_MS);
    if (this.#answer === undefined) return { dialedWithinMs: dialedBefore(HOST_WAIT_MS) };
    const endsAt = this.isRefused ? this.#finalAt : this.#roundBeganAt + HOST_WAIT_MS;
    const overAfterMs = Math.max(0, endsAt - this.#clock.now());
    return { dialedWithinMs: dialedBefore(overAfterMs), overAfterMs };
  }

  /** The answer of the host at the end of a round; undefined if the search continues. */
  endRound(): RoomkeyError | undefined {
    // If no more addresses may be tried, even the answer of an address that is gone counts.
    const answer = this.#answer ?? (this.isComplete ? this.#wrongPasswords[0] : undefined);
    const isBusy = hasCode(answer, 'RK_HANDSHAKE_BUSY');
    if (isBusy) this.#busyRounds += 1;
    const isAlone = this.#addresses.length === 1;
    const isHosts = isAlone || this.isComplete || this.waitMs === 0;
    return isHosts && (!isBusy || this.#busyRounds >= BUSY_ATTEMPTS) ? answer : undefined;
  }

  /** Only the most likely address counts: anyone can replay a beacon and give a false answer. */
  get #answer(): RoomkeyError | undefined {
    return this.#answers[0]?.error;
  }

  /** From the first answer of an address that still claims to be the host. */
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

/** Whether an error is a refusal, which another attempt would not change. */
export function isRefusal(error: unknown): error is RoomkeyError {
  return hasCode(error, 'RK_HANDSHAKE_FAILED') || hasCode(error, 'RK_HANDSHAKE_VERSION');
}
