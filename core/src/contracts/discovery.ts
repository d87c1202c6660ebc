import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A beacon as it came in, unchecked: core verifies it, so no discovery plugin can forget to. */
export interface BeaconEvent {
  /** What came, unchecked and of any length; a beacon has at most 512 bytes. Lent for the call. */
  readonly beacon: Uint8Array;
  /** The address it came from, as `TransportAddress.host` takes it. */
  readonly host: string;
}

/** A room that is being announced. */
export interface Announcement {
  /** Announces now, beside the regular beat: what the beacon says has changed. */
  update(): void;
  /** Sends the farewell and stops; can be called twice. */
  stop(): Promise<void>;
}

/** A running search. */
export interface DiscoverySearch {
  /**
   * Asks every host in reach for a beacon that bears this challenge, which arrives as an event.
   *
   * @param challenge 16 bytes, lent for the call
   */
  query(challenge: Uint8Array): void;
  /** Stops listening; can be called twice. */
  stop(): Promise<void>;
}

/** Makes the beacons of one room. */
export interface BeaconSource {
  /**
   * Makes the next beacon. Each call gives a new one, since a beacon bears a sequence number and a
   * signature over it.
   *
   * @param farewell whether this is the last one, which says that the room is no longer live.
   */
  next(farewell: boolean): Uint8Array;
  /**
   * Makes the answer to one query, which goes to who asked and to nobody else: what was said last,
   * and the challenge. Costs a signature, about 0.1 ms: limit how often strangers can have one.
   *
   * @param challenge 16 bytes, lent for the call
   */
  answer(challenge: Uint8Array): Uint8Array;
}

/** How rooms that are live are made known to machines nearby, and how theirs are found. */
export interface Discovery {
  /**
   * Announces at once and on a steady beat, and answers whoever asks.
   *
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` where nothing can be sent at all.
   */
  announce(source: BeaconSource, options?: OperationOptions): Promise<Announcement>;
  /**
   * Hands over every beacon that is heard. Own beacons may be among them. It asks for none before
   * `query`.
   *
   * @param onBeacon called synchronously; what it throws is logged and stops nothing.
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` where it cannot listen.
   */
  discover(
    onBeacon: (event: BeaconEvent) => void,
    options?: OperationOptions,
  ): Promise<DiscoverySearch>;
}

export const Discovery = token<Discovery>('discovery');
