import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A received datagram. Core verifies it, so no discovery plugin can forget to. */
export interface BeaconEvent {
  /** Unverified bytes of any length; a beacon has at most 512. Valid only during the call. */
  readonly beacon: Uint8Array;
  /** Source address, as in `TransportAddress.host`. */
  readonly host: string;
}

/** The running announcement of a room. */
export interface Announcement {
  /** Announces at once, in addition to the interval: call it when the beacon's content changes. */
  update(): void;
  /** Sends the farewell and stops; idempotent. */
  stop(): Promise<void>;
}

/** A running search. */
export interface DiscoverySearch {
  /**
   * Asks all hosts in reach for a beacon with this challenge; it arrives as a `BeaconEvent`.
   *
   * @param challenge 16 bytes, valid only during the call
   */
  query(challenge: Uint8Array): void;
  /** Stops listening; idempotent. */
  stop(): Promise<void>;
}

/** Creates the beacons of one room. */
export interface BeaconSource {
  /**
   * Creates the next beacon: each call increments the sequence number and signs again.
   *
   * @param farewell whether it is the last one, which says that the room is closing
   */
  next(farewell: boolean): Uint8Array;
  /**
   * Creates the answer to one query, sent only to the sender of the query: the content of the last
   * beacon plus the challenge. Costs a signature, about 0.1 ms: rate-limit queries of strangers.
   *
   * @param challenge 16 bytes, valid only during the call
   */
  answer(challenge: Uint8Array): Uint8Array;
}

/** Announces live rooms on the local network and finds those of others. */
export interface Discovery {
  /**
   * Announces at once and at regular intervals, and answers queries.
   *
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` if nothing can be sent at all
   */
  announce(source: BeaconSource, options?: OperationOptions): Promise<Announcement>;
  /**
   * Delivers every received beacon, possibly including own ones. Sends no query by itself.
   *
   * @param onBeacon called synchronously; what it throws is logged and has no other effect
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` if it cannot listen
   */
  discover(
    onBeacon: (event: BeaconEvent) => void,
    options?: OperationOptions,
  ): Promise<DiscoverySearch>;
}

export const Discovery = token<Discovery>('discovery');
