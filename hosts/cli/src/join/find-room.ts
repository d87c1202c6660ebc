import { hasCode, type RoomEntry, type Roomkey, type SignedIn } from '@roomkey/core/host';
import type { CommandContext } from '../context.js';

/**
 * How long a room is looked for that is not stored, ms: a host answers a query within 50 ms and
 * beats every 2 s.
 */
const SEARCH_MS = 5_000;

/**
 * The room that a person means, stored or nearby.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND` after five seconds, `RK_ROOM_AMBIGUOUS`
 */
export async function findRoom(
  roomkey: Roomkey,
  account: SignedIn,
  name: string,
  { output, signal }: CommandContext,
): Promise<RoomEntry> {
  const find = (): Promise<RoomEntry> => roomkey.rooms.find(name, { account, signal });
  try {
    return await find();
  } catch (error) {
    if (!hasCode(error, 'RK_ROOM_NOT_FOUND')) throw error;
  }
  output.note(`Looking for “${name}” nearby …`);
  await somethingFound(roomkey, find, signal);
  return await find();
}

/** Resolves when the room can be found, or the time is up. */
async function somethingFound(
  roomkey: Roomkey,
  find: () => Promise<RoomEntry>,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const limit = AbortSignal.any([signal, done.signal, AbortSignal.timeout(SEARCH_MS)]);
  let isSearching = false;
  let hasChanged = false;
  const search = async (): Promise<void> => {
    isSearching = true;
    while (hasChanged && !limit.aborted) {
      hasChanged = false;
      await find().then(
        () => done.abort(),
        () => undefined,
      );
    }
    isSearching = false;
  };
  const watch = await roomkey.rooms.watch(() => {
    hasChanged = true;
    // One at a time: there may be thousands to tell of, and each search looks at all of them.
    if (!isSearching) void search();
  });
  try {
    await new Promise<void>((resolve) => {
      if (limit.aborted) resolve();
      limit.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await watch.stop();
  }
  signal.throwIfAborted();
}
