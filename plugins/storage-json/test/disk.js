// Runs in its own mount namespace: uses a store on a full and on a read-only disk, and prints the
// results as JSON. See disk.test.ts.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonStorage } from '../dist/json-storage.js';

const [folder = ''] = process.argv.slice(2);
const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const mount = (/** @type {string[]} */ ...args) => execFileSync('mount', args);
const open = () => new JsonStorage(folder, logger);
const DAMAGED = '{\n"revision": 1,\n"documents": [}';
const value = { filling: 'x'.repeat(20_000) };

/** @param {Promise<unknown>} operation */
async function outcomeOf(operation) {
  try {
    await operation;
    return { code: '', message: '' };
  } catch (error) {
    const { code, message } = /** @type {Error & { code: string }} */ (error);
    return { code, message };
  }
}

/** Every operation that writes. @param {JsonStorage} storage */
const changesOf = async (storage) => [
  await outcomeOf(storage.insert('rooms', 'b', value)),
  await outcomeOf(storage.replace('rooms', 'a', first.revision, value)),
  await outcomeOf(storage.remove('rooms', 'a', first.revision)),
];

/** Every operation that only reads. @param {JsonStorage} storage */
async function foundBy(storage) {
  const watch = await storage.watch('rooms', nothing);
  await watch.stop();
  const documents = await storage.list('rooms');
  return [...documents, await storage.get('rooms', 'a')].map((document) => document?.id);
}

function fill() {
  try {
    for (;;) appendFileSync(join(folder, 'filler'), 'x'.repeat(4096));
  } catch {
    // The disk is full now.
  }
}

const kept = () => readdirSync(folder).filter((name) => name.includes('damaged'));

mount('-t', 'tmpfs', '-o', 'size=256k', 'roomkey-test', folder);
const storage = open();
const first = await storage.insert('rooms', 'a', { n: 1 });
await storage.insert('users', 'a', {});

fill();
const full = {
  changes: [...(await changesOf(storage)), ...(await changesOf(open()))],
  found: [await foundBy(storage), await foundBy(open())],
  left: readdirSync(folder).filter((name) => name.endsWith('.tmp')),
};
writeFileSync(join(folder, 'users.json'), DAMAGED);
fill();
const fullDamaged = {
  // Without space for its owner file, a process cannot take the lock.
  fresh: await outcomeOf(open().list('users')),
  left: readFileSync(join(folder, 'users.json'), 'utf8'),
  known: await outcomeOf(storage.list('users')),
  kept: kept().map((name) => readFileSync(join(folder, name), 'utf8')),
};
rmSync(join(folder, 'filler'));
const afterwards = await outcomeOf(storage.insert('users', 'b', value));

writeFileSync(join(folder, 'users.json'), DAMAGED);
mount('-o', 'remount,ro', folder);
const readOnly = {
  changes: [...(await changesOf(storage)), ...(await changesOf(open()))],
  found: [await foundBy(storage), await foundBy(open())],
};
const readOnlyDamaged = {
  read: await outcomeOf(storage.list('users')),
  left: readFileSync(join(folder, 'users.json'), 'utf8'),
  kept: kept().length,
};
const report = { DAMAGED, full, fullDamaged, afterwards, readOnly, readOnlyDamaged };
process.stdout.write(JSON.stringify(report));
