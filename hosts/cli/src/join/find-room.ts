import { hasCode, type RoomEntry, type Roomkey, type SignedIn } from '@roomkey/core/host';
import type { CommandContext } from '../context.js';

/**
 * How long a room is looked for that is not stored, ms: a host answers a query within 50 ms and
 * beats every 2 s.
 */
const SEARCH_MS = 5_000;

/**
 * The room that a person means, stored or nearby. One whose owner has changed may be somebody else's
 * that only bears the name, so that the other one is waited for; and so it is where the room was only
 * visited, and nothing says that it still exists.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`, after five seconds
 */
export async function findRoom(
  roomkey: Roomkey,
  account: SignedIn,
  name: string,
  { output, signal }: CommandContext,
): Promise<RoomEntry> {
  const find = (): Promise<RoomEntry> => roomkey.rooms.find(name, { account, signal });
  const isIt = (room: RoomEntry): boolean =>
    (room.owner.known !== 'changed' && !isOnlyVisited(room)) ||
    room.id === name.trim().toLowerCase();
  try {
    const room = await find();
    if (isIt(room)) return room;
  } catch (error) {
    // Of several that were only visited the one that is open now is meant.
    if (!hasCode(error, 'RK_ROOM_NOT_FOUND') && !hasCode(error, 'RK_ROOM_AMBIGUOUS')) throw error;
  }
  output.note(`Looking for “${name}” nearby …`);
  await somethingFound(roomkey, async () => isIt(await find()), signal);
  return await find();
}

/** Resolves when the room can be found, or the time is up. */
async function somethingFound(
  roomkey: Roomkey,
  isFound: () => Promise<boolean>,
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
      if (await isFound().catch(() => false)) done.abort();
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

function isOnlyVisited({ stored, live, visitedAt }: RoomEntry): boolean {
  return visitedAt !== undefined && !stored && !live;
}
