import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage } from '../contracts/storage.js';
import { RoomkeyError } from '../errors/index.js';
import { nameKey } from '../people/names.js';
import { toHex } from '../secure/bytes.js';
import type { Identity } from '../secure/identity.js';
import { createYielder } from '../util/yielder.js';
import type { CollectionCache } from './collection-cache.js';
import { encodeRoomRecord, type RoomRecord } from './room-record.js';
import { ROOMS, type StoredRoom } from './stored-room.js';

/** Where `storeRoom` stores. */
export interface RoomStore {
  readonly storage: Storage;
  readonly rooms: CollectionCache<StoredRoom>;
  readonly logger: Logger;
}

/**
 * Stores a new room.
 *
 * @throws RoomkeyError `RK_ROOM_EXISTS` where its owner has another of this name; the store's errors
 */
export async function storeRoom(
  { storage, rooms, logger }: RoomStore,
  room: RoomRecord,
  owner: Identity,
  options: OperationOptions,
): Promise<void> {
  const taken = new RoomkeyError(
    'RK_ROOM_EXISTS',
    `You already have a room called “${room.name}”. Join that one, delete it first, or choose another name.`,
  );
  // A quick answer from the cache; the read below decides.
  for (const { id, nameKey: key } of await namesakes(rooms.snapshot ?? new Map(), room)) {
    const now = await rooms.get(id, options);
    if (now?.nameKey === key && now.record !== undefined) throw taken;
  }
  const value = encodeRoomRecord(room, owner);
  const { revision } = await storage.insert(ROOMS, room.id, value, options);
  try {
    // Another process of the same owner may have created one at the same time. Each that sees the
    // other’s room rolls back: an error is better than two rooms.
    if ((await namesakes(await rooms.read(options), room)).length > 0) throw taken;
  } catch (error) {
    await storage.remove(ROOMS, room.id, revision).catch((failure: unknown) =>
      logger.warn(`The room “${room.name}” could not be rolled back and stays stored`, {
        error: failure,
      }),
    );
    rooms.evict(room.id);
    throw error;
  }
}

/** Other rooms of the same owner with this name. */
async function namesakes(
  rooms: ReadonlyMap<string, StoredRoom>,
  room: RoomRecord,
): Promise<StoredRoom[]> {
  const host = toHex(room.parameters.host);
  const key = nameKey(room.name);
  const yieldIfDue = createYielder();
  const found: StoredRoom[] = [];
  for (const other of rooms.values()) {
    await yieldIfDue();
    const isOne = other.id !== room.id && other.host === host && other.nameKey === key;
    if (isOne && other.record !== undefined) found.push(other);
  }
  return found;
}
