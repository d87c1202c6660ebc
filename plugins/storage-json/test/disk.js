// Runs in a mount namespace of its own: what a store does on a full and on a read-only disk; prints
// it as JSON. See disk.test.ts.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JsonStorage } from '../dist/json-storage.js';

const [folder = ''] = process.argv.slice(2);
const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const mount = (/** @type {string[]} */ ...args) => execFileSync('mount', args);
const open = () => new JsonStorage(folder, logger);

/** @param {JsonStorage} storage @param {string} id */
async function attempt(storage, id) {
  try {
    await storage.insert('rooms', id, { filling: 'x'.repeat(20_000) });
    return { code: '', message: '' };
  } catch (error) {
    const { code, message } = /** @type {Error & { code: string }} */ (error);
    return { code, message };
  }
}

/** @param {JsonStorage} storage */
const ids = async (storage) => (await storage.list('rooms')).map(({ id }) => id);

mount('-t', 'tmpfs', '-o', 'size=256k', 'roomkey-test', folder);
const storage = open();
await storage.insert('rooms', 'a', { n: 1 });

const filler = join(folder, 'filler');
try {
  for (;;) appendFileSync(filler, 'x'.repeat(4096));
} catch {
  // Full now.
}
const full = {
  known: await attempt(storage, 'b'),
  fresh: await attempt(open(), 'b'),
  found: [await ids(storage), await ids(open())],
  files: readdirSync(folder).filter((name) => name.endsWith('.tmp')),
};
rmSync(filler);
const afterwards = await attempt(storage, 'b');

mount('-o', 'remount,ro', folder);
const watch = await storage.watch('rooms', nothing);
const readOnly = {
  known: await attempt(storage, 'c'),
  fresh: await attempt(open(), 'c'),
  found: [await ids(storage), await ids(open())],
};
await watch.stop();
process.stdout.write(JSON.stringify({ full, afterwards, readOnly }));
