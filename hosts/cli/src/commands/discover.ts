import { setTimeout as sleep } from 'node:timers/promises';
import type { RoomChange, RoomEntry } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { table } from '../output.js';
import { roomDocument, roomRow } from '../rooms.js';
import { reportStorage } from '../storage-notice.js';

/**
 * Hosts answer a query within 50 ms. A host that the query does not reach sends a beacon every
 * 2 s ± 10 %, and gets a query within 200 ms of it.
 */
const ONE_BEAT_MS = 2_600;

export function defineDiscover(program: Command, run: Run): void {
  program
    .command('discover')
    .description('list the open rooms on this network, and the rooms that you visited')
    .option('--watch', 'keep running and print every change')
    .action(run(discover));
}

async function discover(
  context: CommandContext,
  options: { readonly watch?: true },
): Promise<void> {
  const { output, signal } = context;
  const roomkey = await context.open(['storage', 'discovery']);
  const account = await roomkey.accounts.current({ signal });
  if (options.watch === true) {
    context.isDoneUnread = true;
    output.note('Looking for rooms; Ctrl-C ends it.');
    reportStorage(roomkey, output);
    // One after the other, because `roomDocument` is asynchronous.
    let printed = Promise.resolve();
    const print = onLiveRooms((type, room) => {
      printed = printed.then(async () => {
        output.result(
          { type, room: await roomDocument(room) },
          table([[type, ...roomRow(room, true)]]),
        );
      });
    });
    const watch = await roomkey.rooms.watch(print, { account, signal });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await watch.stop();
    await printed;
    return;
  }
  output.note('Looking for rooms …');
  await sleep(ONE_BEAT_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  const all = await roomkey.rooms.list({ account, signal });
  const live = all.filter((room) => room.live);
  const shown = [...live, ...all.filter((room) => !room.live && room.visitedAt !== undefined)];
  // Rooms of owners whose identity changed come last, as in every list.
  const isDoubtful = ({ owner }: RoomEntry): boolean => owner.known === 'changed';
  const rooms = [...shown.filter((room) => !isDoubtful(room)), ...shown.filter(isDoubtful)];
  output.result(
    { rooms: await Promise.all(rooms.map(roomDocument)) },
    rooms.length === 0
      ? 'No open rooms found on this network.'
      : table(rooms.map((room) => roomRow(room, true))),
  );
}

/** Filters the changes to all rooms for live rooms; a stored room that closes is lost. */
export function onLiveRooms(
  onChange: (type: RoomChange['type'], room: RoomEntry) => void,
): (change: RoomChange) => void {
  const live = new Set<string>();
  return ({ type, room }) => {
    if (type !== 'lost' && room.live) {
      onChange(live.has(room.id) ? 'changed' : 'found', room);
      live.add(room.id);
    } else if (live.delete(room.id)) {
      // The change has the last known state of the room, which was live.
      onChange('lost', { ...room, live: false, addresses: [] });
    }
  };
}
