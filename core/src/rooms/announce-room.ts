import type { Discovery } from '../contracts/discovery.js';
import type { OperationOptions } from '../contracts/options.js';
import { encodeBeacon, type Beacon } from '../secure/beacon.js';
import type { Identity } from '../secure/identity.js';
import { systemClock, type Clock } from '../util/clock.js';

/** The fields of a beacon that describe a live room; see `Beacon`. */
export type RoomBeaconFields = Pick<
  Beacon,
  'room' | 'full' | 'port' | 'minVersion' | 'maxVersion' | 'roomName' | 'hostName'
>;

/** A room that this process announces. */
export interface RoomAnnouncement {
  /**
   * Changes fields and announces them at once.
   *
   * @throws RoomkeyError `RK_BEACON_INVALID` if a field is out of range; then nothing changes.
   */
  update(facts: Partial<Omit<RoomBeaconFields, 'room'>>): void;
  /** Sends a farewell and stops; can be called twice. */
  stop(): Promise<void>;
}

/** What `announceRoom` takes beside the facts. */
export interface AnnounceRoomOptions extends OperationOptions {
  readonly clock?: Pick<Clock, 'wallTime'>;
}

/**
 * Announces a live room until it is stopped, by signed beacons with growing (epoch, sequence).
 *
 * @param identity of the room's host
 * @throws RoomkeyError `RK_BEACON_INVALID` if a field is out of range, `RK_DISCOVERY_FAILED` if
 * nothing can be sent.
 */
export async function announceRoom(
  discovery: Discovery,
  identity: Identity,
  facts: RoomBeaconFields,
  { clock = systemClock, signal }: AnnounceRoomOptions = {},
): Promise<RoomAnnouncement> {
  let current = facts;
  // The first beacon has number 0.
  let sequence = -1;
  const epoch = clock.wallTime();
  const make = (said: RoomBeaconFields, farewell: boolean, challenge?: Uint8Array): Uint8Array =>
    encodeBeacon(
      { ...said, epoch, sequence: Math.max(sequence, 0), farewell, challenge },
      identity,
    );

  // Encoded for its checks, so that an invalid field throws here and not in a timer.
  make(facts, false);
  // Several discoveries may ask in turn: after the first farewell, all get a farewell.
  let ended = false;
  const announcement = await discovery.announce(
    {
      next: (farewell) => {
        sequence += 1;
        return make(current, (ended ||= farewell));
      },
      answer: (challenge) => make(current, ended, challenge),
    },
    signal === undefined ? {} : { signal },
  );
  return {
    update: (changes) => {
      const next = { ...current, ...changes };
      make(next, false);
      current = next;
      announcement.update();
    },
    stop: () => announcement.stop(),
  };
}
