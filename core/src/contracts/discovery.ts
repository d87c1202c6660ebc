import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A beacon as it came in, unchecked: core verifies it, so no discovery plugin can forget to. */
export interface Sighting {
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
export interface Browsing {
  /** Asks every host in reach to announce now. */
  refresh(): void;
  /** Stops listening; can be called twice. */
  stop(): Promise<void>;
}

/**
 * Makes the next beacon. Each call gives a new one, since a beacon bears a sequence number and a
 * signature over it.
 *
 * @param farewell whether this is the last one, which says that the room is no longer live.
 */
export type BeaconSource = (farewell: boolean) => Uint8Array;

/** How rooms that are live are made known to machines nearby, and how theirs are found. */
export interface Discovery {
  /**
   * Announces at once, on a steady beat, and whenever somebody asks.
   *
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` where nothing can be sent at all.
   */
  announce(next: BeaconSource, options?: OperationOptions): Promise<Announcement>;
  /**
   * Hands over every beacon that is heard, and asks for one at once. Own beacons may be among them.
   *
   * @param onSighting called synchronously; what it throws is logged and stops nothing.
   * @throws RoomkeyError `RK_DISCOVERY_FAILED` where it cannot listen.
   */
  browse(onSighting: (sighting: Sighting) => void, options?: OperationOptions): Promise<Browsing>;
}

export const Discovery = token<Discovery>('discovery');
