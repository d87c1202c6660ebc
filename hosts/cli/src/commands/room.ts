import type { RoomEntry } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { localTime, roomDocument, roomRow, type RoomDocument } from '../rooms.js';
import { table } from '../output.js';

/** Stored rooms need no discovery. */
const SERVICES = ['storage'] as const;

export function defineRoom(program: Command, run: Run): void {
  const room = program.command('room').description('create, list and delete rooms');
  room
    .command('create <name>')
    .description('create a room')
    .option('--password', 'protect it with a password, which you choose when you open it')
    .action(run(create));
  room
    .command('list')
    .description('list the stored rooms and those that you visited')
    .action(run(list));
  room
    .command('show <room>')
    .description('show a room of the list, or one that is open on this network')
    .action(run(show));
  room
    .command('forget <room>')
    .description('forget that you visited someone else’s room')
    .action(run(forget));
  room.command('delete <room>').description('delete one of your rooms').action(run(remove));
}

async function open(context: CommandContext) {
  const { rooms, accounts } = await context.open(SERVICES);
  return { rooms, accounts, signal: context.signal };
}

async function create(
  context: CommandContext,
  name: string,
  options: { readonly password?: true },
): Promise<void> {
  const { rooms, accounts, signal } = await open(context);
  const account = await accounts.require({ signal });
  // If the variable is set, the room is meant to have a password.
  const { ownEnvironment, shellArgument } = await import('@roomkey/core/host');
  const password = options.password ?? ownEnvironment()['ROOMKEY_ROOM_PASSWORD'] !== undefined;
  const room = await rooms.create(account, name, { password }, { signal });
  const next = password
    ? 'You choose its password when you open it; Roomkey does not store it.'
    : 'It has no password: anyone on this network can ask to join. Compare the four security words with your guest.';
  const hint = `Open it with: roomkey join ${shellArgument(room.name)}`;
  context.output.result(await roomDocument(room), `Created “${room.name}”. ${next}\n${hint}`);
}

async function list(context: CommandContext): Promise<void> {
  const { rooms, accounts, signal } = await open(context);
  const entries = await rooms.list({ account: await accounts.current({ signal }), signal });
  const text =
    entries.length === 0
      ? 'No rooms yet. Create one with: roomkey room create NAME'
      : table(entries.map((room) => roomRow(room, false)));
  context.output.result({ rooms: await Promise.all(entries.map(roomDocument)) }, text);
}

async function show(context: CommandContext, name: string): Promise<void> {
  const room = await findStoredOrNearby(context, name);
  const document = await roomDocument(room);
  const rows = [
    ['name', document.name],
    ['id', document.id],
    ['owner', `${document.owner.name} (${document.owner.fingerprint})`],
    ...ownerRows(document),
    ['password', document.password ? 'yes' : 'no'],
    ['open', openness(room)],
    ...(room.visitedAt === undefined ? [] : [['last visit', localTime(room.visitedAt)]]),
    ...document.addresses.map(({ host, port }) => ['address', `${host} port ${String(port)}`]),
  ];
  context.output.result(document, table(rows));
}

/** Searches the network only for a room that the store does not have. */
async function findStoredOrNearby(context: CommandContext, name: string): Promise<RoomEntry> {
  const { hasCode } = await import('@roomkey/core/host');
  const { rooms, accounts, signal } = await open(context);
  try {
    return await rooms.find(name, { account: await accounts.current({ signal }), signal });
  } catch (error) {
    if (!hasCode(error, 'RK_ROOM_NOT_FOUND')) throw error;
  }
  await context.close();
  const { findRoom } = await import('../join/find-room.js');
  const roomkey = await context.open([...SERVICES, 'discovery']);
  return findRoom(roomkey, await roomkey.accounts.current({ signal }), name, context);
}

/** A stored room can be open without an address in the store, and the network was not searched. */
function openness({ live, confirmed }: RoomEntry): string {
  if (!live) return 'not known: `roomkey discover` searches the network';
  return confirmed ? 'yes' : 'maybe';
}

/** For rooms of others: what the signed-in account knows of the owner. */
function ownerRows({ mine, owner }: RoomDocument): string[][] {
  const { name, known, alsoKnownAs = [], looksLike = [] } = owner;
  if (mine || known === undefined) return [];
  const what = {
    same: 'you’ve met before',
    new: 'you haven’t met before',
    changed: `not the ${name} you’ve met: \`roomkey join\` says how to check who it is`,
  };
  return [
    ['known', what[known]],
    ...alsoKnownAs.map((other) => ['met as', other]),
    ...looksLike.map((other) => ['looks like', other]),
  ];
}

async function forget(context: CommandContext, name: string): Promise<void> {
  const { rooms, accounts, signal } = await open(context);
  const room = await rooms.forget(await accounts.require({ signal }), name);
  context.output.result(
    { id: room.id, name: room.name },
    `Forgot your visit to “${room.name}” of ${room.owner.name}.`,
  );
}

async function remove(context: CommandContext, name: string): Promise<void> {
  const { rooms, accounts, signal } = await open(context);
  const account = await accounts.require({ signal });
  const room: RoomEntry = await rooms.find(name, { account, signal });
  await rooms.remove(account, room.id, { signal });
  context.output.result({ id: room.id, name: room.name }, `Deleted “${room.name}”.`);
}
