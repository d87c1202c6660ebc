import type { Discovery } from '../contracts/discovery.js';
import type { OperationOptions } from '../contracts/options.js';
import { encodeBeacon, type Beacon } from '../secure/beacon.js';
import type { Identity } from '../secure/identity.js';
import { systemClock, type Clock } from '../util/clock.js';

/** What a host says of its live room; see `Beacon`. */
export type RoomFacts = Pick<
  Beacon,
  'room' | 'full' | 'port' | 'minVersion' | 'maxVersion' | 'capabilities' | 'roomName' | 'hostName'
>;

/** A room that this process announces. */
export interface RoomAnnouncement {
  /**
   * Changes what is said and says it at once.
   *
   * @throws RoomkeyError `RK_BEACON_INVALID` where a fact is out of its range; then nothing changes.
   */
  update(facts: Partial<Omit<RoomFacts, 'room'>>): void;
  /** Says farewell and stops; can be called twice. */
  stop(): Promise<void>;
}

/** What `announceRoom` takes beside the facts. */
export interface AnnounceRoomOptions extends OperationOptions {
  readonly clock?: Pick<Clock, 'wallTime'>;
}

/**
 * Announces a live room until it is stopped: makes signed beacons whose (epoch, sequence) grow.
 *
 * @param identity the room's host's
 * @throws RoomkeyError `RK_BEACON_INVALID` where a fact is out of its range, `RK_DISCOVERY_FAILED`
 * where nothing can be sent.
 */
export async function announceRoom(
  discovery: Discovery,
  identity: Identity,
  facts: RoomFacts,
  { clock = systemClock, signal }: AnnounceRoomOptions = {},
): Promise<RoomAnnouncement> {
  let current = facts;
  // The first beacon has number 0.
  let sequence = -1;
  const epoch = clock.wallTime();
  const make = (said: RoomFacts, farewell: boolean, challenge?: Uint8Array): Uint8Array =>
    encodeBeacon(
      { ...said, epoch, sequence: Math.max(sequence, 0), farewell, challenge },
      identity,
    );

  // Made for its checks, so that a wrong fact is thrown here and not inside a beat.
  make(facts, false);
  // Several discoveries may ask in turn: after a farewell to one there is nothing else to say.
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
