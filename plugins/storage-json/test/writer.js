// A process of its own that changes a collection as fast as it can; see torture.test.ts.
// Prints one line for every write that was acknowledged, at once, so that a kill loses none, and
// `{}` after every operation.
import { writeSync } from 'node:fs';
import { JsonStorage } from '../dist/json-storage.js';

const [folder = '', name = '', from = '0', to = '0'] = process.argv.slice(2);
const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const storage = new JsonStorage(folder, logger);

/** @param {object} write */
const acknowledge = (write) => writeSync(1, `${JSON.stringify(write)}\n`);

/** @param {unknown} error @param {string} code */
function ignore(error, code) {
  if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
}

/** Appends a token to the list of a document that all processes write to. @param {string} token */
async function append(token) {
  const id = `shared-${Math.floor(Math.random() * 2)}`;
  for (;;) {
    const document = await storage.get('torture', id);
    const tokens = /** @type {string[]} */ (document?.value['tokens'] ?? []);
    const value = { tokens: [...tokens, token] };
    try {
      const { revision } = await (document === undefined
        ? storage.insert('torture', id, value)
        : storage.replace('torture', id, document.revision, value));
      acknowledge({ id, revision, token });
      return;
    } catch (error) {
      ignore(error, document === undefined ? 'RK_STORAGE_EXISTS' : 'RK_STORAGE_CONFLICT');
    }
  }
}

/** Takes an id that other processes want as well. @param {string} token */
async function take(token) {
  const id = `slot-${Math.floor(Math.random() * 200)}`;
  try {
    const { revision } = await storage.insert('torture', id, { token });
    acknowledge({ id, revision, inserted: true });
  } catch (error) {
    ignore(error, 'RK_STORAGE_EXISTS');
  }
}

/** Stores a document of its own, changes it, and removes every other one. @param {string} token */
async function own(token, removes = Math.random() < 0.5) {
  const id = `own-${token}`;
  const first = await storage.insert('torture', id, { n: 1 });
  acknowledge({ id, revision: first.revision });
  const second = await storage.replace('torture', id, first.revision, { n: 2 });
  acknowledge({ id, revision: second.revision });
  if (!removes) return;
  await storage.remove('torture', id, second.revision);
  acknowledge({ id, removed: true });
}

for (let n = Number(from); n < Number(to); n += 1) {
  const token = `${name}-${n}`;
  const kinds = [append, append, take, own];
  await kinds[n % kinds.length]?.(token);
  writeSync(1, '{}\n');
}
await storage.close();
