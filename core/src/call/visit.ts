import type { Logger } from '../contracts/logger.js';
import type { RoomRecord } from '../rooms/room-record.js';
import type { VisitedRooms } from '../rooms/visited-rooms.js';
import type { Clock } from '../util/clock.js';
import type { Call } from './call.js';

/** What `updateVisits` needs. */
export interface VisitUpdateOptions {
  readonly visits: VisitedRooms;
  /** The guest's public key, 32 bytes. */
  readonly account: Uint8Array;
  readonly room: RoomRecord;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Remembers the room of a guest's call once the host admits the guest, and forgets it when the owner
 * deletes it.
 */
export function updateVisits(call: Pick<Call, 'on'>, options: VisitUpdateOptions): void {
  const { visits, account, room, clock, logger } = options;
  call.on('state', (state) => {
    const isIn = state.phase === 'live' && state.participants[0].connections !== undefined;
    const isDeleted = state.phase === 'ended' && state.end.kind === 'room-closed';
    if (isIn) void visits.remember(account, room, clock.wallTime());
    if (!isDeleted) return;
    visits.forget(account, room.id).catch((error: unknown) => {
      logger.warn('A deleted room could not be forgotten', { error });
    });
  });
}
