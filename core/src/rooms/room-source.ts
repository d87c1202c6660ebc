import type { ParsedBeacon } from '../secure/beacon.js';

/** Addresses per source: a machine can have several interfaces. */
const MAX_ADDRESSES = 4;

interface SourceAddress {
  readonly host: string;
  heardAt: number;
  /** The last of our queries that it answered, from 1; 0: none. */
  answered: number;
}

/**
 * One place where a room is open, identified by the epoch of its beacons: its owner can have it open
 * on two machines. A broadcast can be a replay; an answer to our own query is fresh.
 */
export class RoomSource {
  beacon: ParsedBeacon;
  bytes: Uint8Array;
  heardAt: number;
  /** In the order in which to dial them. */
  #addresses: SourceAddress[] = [];
  /** Queries sent on its behalf. */
  asked = 0;

  /** @param bytes lent */
  constructor(beacon: ParsedBeacon, bytes: Uint8Array, now: number) {
    this.beacon = beacon;
    this.bytes = Uint8Array.from(bytes);
    this.heardAt = now;
  }

  /** The hosts, those that answered first. */
  get addresses(): readonly Readonly<SourceAddress>[] {
    return this.#addresses;
  }

  /** Whether it answered from an address that is still heard. */
  get isConfirmed(): boolean {
    return (this.#addresses[0]?.answered ?? 0) > 0;
  }

  /**
   * Takes a newer beacon.
   *
   * @param bytes lent
   */
  replace(beacon: ParsedBeacon, bytes: Uint8Array, now: number): void {
    this.beacon = beacon;
    this.bytes = Uint8Array.from(bytes);
    this.heardAt = now;
  }

  /**
   * Records an address. A new address of a new beacon is where the host has moved: it goes before other
   * unconfirmed ones. An address that repeats a beacon may be an attacker's: it goes last.
   *
   * @param answered the number of our query that this answers; 0 where it was only heard
   */
  markHeard(host: string, now: number, place: 'first' | 'last', answered: number): void {
    const known = this.#addresses.find((address) => address.host === host);
    if (known !== undefined && (answered === 0 || known.answered > 0)) {
      known.heardAt = now;
      known.answered = Math.max(known.answered, answered);
      return;
    }
    const others = this.#addresses.filter((address) => address !== known);
    const address = { host, heardAt: now, answered };
    this.#addresses = insert(others, address, place).slice(0, MAX_ADDRESSES);
  }

  /** Removes addresses that were not heard since. */
  forgetBefore(time: number): void {
    this.#addresses = this.#addresses.filter(({ heardAt }) => heardAt > time);
  }
}

/** Before those that answered an older query only, and never before a better confirmed one. */
function insert(
  addresses: readonly SourceAddress[],
  address: SourceAddress,
  place: 'first' | 'last',
): SourceAddress[] {
  const { answered } = address;
  const index = addresses.findIndex((other) =>
    answered > 0 ? other.answered < answered : place === 'first' && other.answered === 0,
  );
  return addresses.toSpliced(index < 0 ? addresses.length : index, 0, address);
}
