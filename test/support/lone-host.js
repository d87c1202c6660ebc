// One of many machines that share a store: creates an account and a room, opens it, and prints the
// rooms that it finds, one JSON document per line. It uses less memory than the whole command, so that
// thirty run on one computer. Environment: ROOMKEY_HOME, MONGO_URI, NAME, and INVITE except for the
// first.
import { fileURLToPath } from 'node:url';
import { createRoomkey, readConfig } from '@roomkey/core/host';

const { NAME: name = '', INVITE: invite } = process.env;

/** @param {object} document */
const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
/** @param {string} message */
const printError = (message) => process.stderr.write(`${name}: ${message}\n`);
const ignore = () => undefined;
const logger = { debug: ignore, info: ignore, warn: printError, error: printError };
const hostFolder = fileURLToPath(new URL('../../hosts/cli', import.meta.url));
const config = await readConfig();

if (invite !== undefined) {
  const before = await createRoomkey({ config, hostFolder, services: [], logger });
  await before.directory.accept(invite);
  await before.close();
}
const roomkey = await createRoomkey({ config, hostFolder, logger });
print({ storage: roomkey.plugins.find(({ service }) => service === 'storage')?.name });
print({ invite: await roomkey.directory.invite() });
const account = await roomkey.accounts.create(name, `password of ${name}`);
const room = await roomkey.rooms.create(account, `Room of ${name}`, { password: false });

const call = await roomkey.calls.open(account, room);
await call.start();
const live = new Set();
await roomkey.rooms.watch(({ type, room: { id, name: found, addresses, ...entry } }) => {
  if (type === 'lost' || !entry.live) live.delete(id);
  else live.add(id);
  print({ type, room: found, live: entry.live, hosts: addresses.map(({ host }) => host) });
  print({ liveRooms: live.size });
});
process.stdin.on('end', () => void call.leave().then(() => roomkey.close())).resume();
