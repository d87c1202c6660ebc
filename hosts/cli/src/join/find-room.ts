import { hasCode, type RoomEntry, type Roomkey, type SignedIn } from '@roomkey/core/host';
import type { CommandContext } from '../context.js';

/**
 * How long to search the network for a room that is not stored, ms: a host answers a query within
 * 50 ms and sends a beacon every 2 s.
 */
const SEARCH_MS = 5_000;

/**
 * Finds the room that a person means, stored or on the network. If the only match is a room whose
 * owner's identity changed, which may be a stranger's, or one that was only visited and may no longer
 * exist, it waits for a better match first.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`, after five seconds
 */
export async function findRoom(
  roomkey: Roomkey,
  account: SignedIn | undefined,
  name: string,
  { output, signal }: CommandContext,
): Promise<RoomEntry> {
  const find = (): Promise<RoomEntry> => roomkey.rooms.find(name, { account, signal });
  const isMatch = (room: RoomEntry): boolean =>
    (room.owner.known !== 'changed' && !isOnlyVisited(room)) ||
    room.id === name.trim().toLowerCase();
  try {
    const room = await find();
    if (isMatch(room)) return room;
  } catch (error) {
    // Of several rooms that were only visited, an open one is the match; wait for it.
    if (!hasCode(error, 'RK_ROOM_NOT_FOUND') && !hasCode(error, 'RK_ROOM_AMBIGUOUS')) throw error;
  }
  output.note(`Looking for “${name}” on this network …`);
  await waitUntilFound(roomkey, async () => isMatch(await find()), signal);
  return await find();
}

/** Resolves when the room is found, or after `SEARCH_MS`. */
async function waitUntilFound(
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
    // One search at a time: thousands of rooms may change, and each search reads all of them.
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
