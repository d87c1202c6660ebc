// A process that changes a collection as fast as it can; see stress-storage.ts. Prints one line for
// every acknowledged write, at once, so that a kill loses none; one for every write of which the store
// does not know whether it was done; and `{}` after every operation.
import { writeSync } from 'node:fs';

const [opener = '', options = '', name = '', from = '0', to = '0'] = process.argv.slice(2);

/** @type {import('../storage-stress/stress-storage.js').Opener} */
const { open } = await import(opener);
const storage = await open(JSON.parse(options));

/** @param {object} line */
const print = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && 'code' in error ? error.code : undefined);

/**
 * Writes, and prints that it has written, or that it is unsure.
 *
 * @template T
 * @param {() => Promise<T>} write
 * @param {(done: T) => object} line makes the printed line
 * @returns {Promise<T | undefined>} undefined if it is unsure
 */
async function acknowledge(write, line) {
  try {
    const done = await write();
    print(line(done));
    return done;
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) !== 'RK_STORAGE_IO') throw error;
    print({ unsure: error.message });
    return undefined;
  }
}

/** Reads, and repeats it while the store is unreachable. @param {string} id */
async function read(id) {
  for (;;) {
    try {
      return await storage.get('stress', id);
    } catch (error) {
      if (codeOf(error) !== 'RK_STORAGE_IO') throw error;
    }
  }
}

/** Appends a token to the list of a document that all processes write. @param {string} token */
async function append(token) {
  const id = `shared-${Math.floor(Math.random() * 2)}`;
  for (;;) {
    const document = await read(id);
    const tokens = /** @type {string[]} */ (document?.value['tokens'] ?? []);
    const value = { tokens: [...tokens, token] };
    try {
      await acknowledge(
        () =>
          document === undefined
            ? storage.insert('stress', id, value)
            : storage.replace('stress', id, document.revision, value),
        ({ revision }) => ({ id, revision, token }),
      );
      return;
    } catch (error) {
      const expected = document === undefined ? 'RK_STORAGE_EXISTS' : 'RK_STORAGE_CONFLICT';
      if (codeOf(error) !== expected) throw error;
    }
  }
}

/** Inserts an id that other processes may insert as well. @param {string} token */
async function claim(token) {
  const id = `slot-${Math.floor(Math.random() * 200)}`;
  try {
    await acknowledge(
      () => storage.insert('stress', id, { token }),
      ({ revision }) => ({ id, revision, inserted: true }),
    );
  } catch (error) {
    if (codeOf(error) !== 'RK_STORAGE_EXISTS') throw error;
  }
}

/** Inserts a document of its own, changes it, and removes half of these. @param {string} token */
async function own(token, removes = Math.random() < 0.5) {
  const id = `own-${token}`;
  const line = (/** @type {{ revision: number }} */ { revision }) => ({ id, revision });
  const first = await acknowledge(() => storage.insert('stress', id, { n: 1 }), line);
  if (first === undefined) return;
  const replace = () => storage.replace('stress', id, first.revision, { n: 2 });
  const second = await acknowledge(replace, line);
  if (second === undefined || !removes) return;
  await acknowledge(
    () => storage.remove('stress', id, second.revision),
    () => ({ id, removed: true }),
  );
}

for (let n = Number(from); n < Number(to); n += 1) {
  const token = `${name}-${n}`;
  const kinds = [append, append, claim, own];
  await kinds[n % kinds.length]?.(token);
  print({});
}
await storage.close();
