import type { JsonObject, StoredDocument } from '@roomkey/core';
import type { MemoryBackend } from '@roomkey/core/conformance';
import { broken, pause, type Broken } from './broken.js';

const removed = new WeakMap<MemoryBackend, StoredDocument[]>();

/** Documents removed from a backend, for a store that does not forget them. */
function removedFrom(backend: MemoryBackend): StoredDocument[] {
  const documents = removed.get(backend) ?? [];
  removed.set(backend, documents);
  return documents;
}

/** Stores with one fault in what they store. */
export const BROKEN_STORES: readonly Broken[] = [
  [
    'answers an insert with more than was stored',
    broken((inner) => ({
      insert: async (collection, ...args) => {
        const document = await inner.insert(collection, ...args);
        return { ...document, collection } as StoredDocument;
      },
    })),
    [
      'returns what was inserted, also to another instance',
      'shows changes of another instance at once',
      'refuses an existing id',
      'lets exactly one of many inserts of an id win',
      'keeps a document until it expires',
      'frees the id of an expired document, but not its revision',
      'reports no refused write',
      'reports each change to every watch of the same listener',
      'reports an expiry as a remove',
    ],
  ],
  [
    'has one collection',
    broken((inner) => ({
      insert: (_, ...args) => inner.insert('rooms', ...args),
      get: (_, ...args) => inner.get('rooms', ...args),
    })),
    ['separates collections', 'rejects invalid names', 'reports no changes of other collections'],
  ],
  [
    'lists in the order of writing',
    broken((inner, backend) => ({
      list: async (collection, options) => {
        const listed = await inner.list(collection, options);
        const order = [...backend.collection(collection).documents.keys()];
        return listed.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
      },
    })),
    ['lists in order of ids'],
  ],
  [
    'lists a hundred documents at most',
    broken((inner) => ({ list: async (...args) => (await inner.list(...args)).slice(0, 100) })),
    ['lists more documents than one server batch'],
  ],
  [
    'does not tell upper case from lower case',
    broken((inner) => ({
      insert: (collection, id, ...rest) => inner.insert(collection, id.toLowerCase(), ...rest),
      get: (collection, id, ...rest) => inner.get(collection, id.toLowerCase(), ...rest),
    })),
    ['lists in order of ids', 'distinguishes ids that differ only in case'],
  ],
  [
    'shows what it once read',
    broken((inner) => {
      const read = new Map<string, StoredDocument>();
      const forget = (key: string) => void read.delete(key);
      return {
        get: async (collection, id, options) => {
          const key = `${collection}/${id}`;
          const document = read.get(key) ?? (await inner.get(collection, id, options));
          if (document !== undefined) read.set(key, structuredClone(document));
          return document;
        },
        replace: (collection, id, ...rest) => {
          forget(`${collection}/${id}`);
          return inner.replace(collection, id, ...rest);
        },
        remove: (collection, id, ...rest) => {
          forget(`${collection}/${id}`);
          return inner.remove(collection, id, ...rest);
        },
      };
    }),
    ['shows changes of another instance at once'],
  ],
  [
    'writes into what is there',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const before = await inner.get(collection, id, options);
        return inner.replace(collection, id, revision, { ...before?.value, ...value }, options);
      },
    })),
    ['replaces a document'],
  ],
  [
    'loses a key called __proto__',
    broken((inner) => ({
      insert: (collection, id, value, options) => {
        const copy = {};
        Object.assign(copy, value);
        return inner.insert(collection, id, copy, options);
      },
    })),
    ['keeps every JSON value unchanged'],
  ],
  [
    'cuts long text',
    broken((inner) => ({
      insert: (collection, id, value, options) => {
        const cut = (_: string, member: unknown) =>
          typeof member === 'string' ? member.slice(0, 65_536) : member;
        return inner.insert(
          collection,
          id,
          JSON.parse(JSON.stringify(value, cut)) as JsonObject,
          options,
        );
      },
    })),
    ['keeps a document of 256 KiB'],
  ],
  [
    'lends its documents',
    broken((inner, backend) => ({
      get: async (collection, id, options) => {
        const found = await inner.get(collection, id, options);
        return found && backend.collection(collection).documents.get(id);
      },
    })),
    ['does not share memory of documents'],
  ],
  [
    'lists what was removed',
    broken((inner, backend) => ({
      remove: async (collection, id, ...rest) => {
        const document = await inner.get(collection, id);
        await inner.remove(collection, id, ...rest);
        if (document !== undefined) removedFrom(backend).push(document);
      },
      list: async (...args) => [...(await inner.list(...args)), ...removedFrom(backend)],
    })),
    ['shows changes of another instance at once', 'removes a document'],
  ],
  [
    'keeps the value that it was lent',
    broken((inner, backend) => ({
      insert: async (collection, id, value, options) => {
        const document = await inner.insert(collection, id, value, options);
        backend.collection(collection).documents.set(id, { ...document, value });
        return document;
      },
    })),
    ['does not share memory of documents'],
  ],
  [
    'inserts over what is there',
    broken((inner) => ({
      insert: async (collection, id, value, options) => {
        const there = await inner.get(collection, id, options);
        return there === undefined
          ? inner.insert(collection, id, value, options)
          : inner.replace(collection, id, there.revision, value, options);
      },
    })),
    ['refuses an existing id', 'reports no refused write'],
  ],
  [
    'looks, waits, and then inserts',
    broken((inner) => ({
      insert: async (collection, id, value, options) => {
        if ((await inner.get(collection, id, options)) === undefined) await pause();
        else return inner.insert(collection, id, value, options);
        const there = await inner.get(collection, id);
        return there === undefined
          ? inner.insert(collection, id, value, options)
          : inner.replace(collection, id, there.revision, value, options);
      },
    })),
    ['lets exactly one of many inserts of an id win'],
  ],
  [
    'looks, waits, and then writes over',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const before = await inner.get(collection, id, options);
        if (before?.revision !== revision)
          return inner.replace(collection, id, revision, value, options);
        await pause();
        const now = await inner.get(collection, id);
        return inner.replace(collection, id, now?.revision ?? revision, value, options);
      },
    })),
    ['loses no update of two concurrent instances'],
  ],
  [
    'writes over any revision',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const now = await inner.get(collection, id, options);
        return inner.replace(collection, id, now?.revision ?? revision, value, options);
      },
    })),
    [
      'refuses a revision that is not the current one',
      'frees the id of an expired document, but not its revision',
      'reports no refused write',
    ],
  ],
  [
    'writes over any older revision',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const now = (await inner.get(collection, id, options))?.revision ?? 0;
        return inner.replace(collection, id, Math.max(revision, now), value, options);
      },
    })),
    [
      'refuses a revision that is not the current one',
      'frees the id of an expired document, but not its revision',
    ],
  ],
  [
    'removes any revision',
    broken((inner) => ({
      remove: async (collection, id, revision, options) => {
        const now = await inner.get(collection, id, options);
        return inner.remove(collection, id, now?.revision ?? revision, options);
      },
    })),
    ['refuses a revision that is not the current one', 'reports no refused write'],
  ],
  [
    'takes the removing of nothing for done',
    broken((inner) => ({
      remove: async (collection, id, revision, options) => {
        if ((await inner.get(collection, id, options)) === undefined) return;
        await inner.remove(collection, id, revision, options);
      },
    })),
    [
      'refuses to replace or remove a missing document',
      'neither replaces nor removes an expired document',
    ],
  ],
  [
    'writes what is not there',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const there = await inner.get(collection, id, options);
        return there === undefined
          ? inner.insert(collection, id, value, options)
          : inner.replace(collection, id, revision, value, options);
      },
    })),
    [
      'refuses to replace or remove a missing document',
      'neither replaces nor removes an expired document',
    ],
  ],
  [
    'begins at 1 where a document was removed',
    broken((inner, backend) => ({
      remove: async (collection, ...args) => {
        await inner.remove(collection, ...args);
        backend.collection(collection).revision = 0;
      },
    })),
    ['never repeats a revision of an id, even after a removal'],
  ],
  [
    'begins at 1 where a document expired',
    broken((inner, backend) => ({
      insert: async (collection, id, ...rest) => {
        const stored = backend.collection(collection);
        const expiresAt = stored.documents.get(id)?.expiresAt ?? Infinity;
        if (expiresAt <= Date.now()) stored.revision = 0;
        return inner.insert(collection, id, ...rest);
      },
    })),
    ['frees the id of an expired document, but not its revision'],
  ],
  [
    'forgets the expiry of what is inserted',
    broken((inner) => ({
      insert: (collection, id, value, options) =>
        inner.insert(collection, id, value, options?.signal && { signal: options.signal }),
    })),
    [
      'keeps a document until it expires',
      'hides an expired document from every instance',
      'neither replaces nor removes an expired document',
      'frees the id of an expired document, but not its revision',
      'reports an expiry as a remove',
    ],
  ],
  [
    'is a millisecond off with expiries',
    broken((inner) => ({
      insert: (collection, id, value, options) => {
        if (options?.expiresAt === undefined) return inner.insert(collection, id, value, options);
        const expiresAt = options.expiresAt - 1;
        return inner.insert(collection, id, value, { ...options, expiresAt });
      },
    })),
    ['keeps a document until it expires'],
  ],
  [
    'lists what expired',
    broken((inner, backend) => ({
      list: async (collection, options) => {
        await inner.list(collection, options);
        const documents = [...backend.collection(collection).documents.values()];
        return structuredClone(documents.sort((a, b) => (a.id < b.id ? -1 : 1)));
      },
    })),
    ['hides an expired document from every instance'],
  ],
  [
    'removes and writes over what expired',
    broken((inner, backend) => {
      const revive = (collection: string, id: string) => {
        const { documents } = backend.collection(collection);
        const found = documents.get(id);
        if (found?.expiresAt !== undefined) documents.set(id, { ...found, expiresAt: Infinity });
      };
      return {
        replace: async (collection, id, ...rest) => {
          revive(collection, id);
          return inner.replace(collection, id, ...rest);
        },
        remove: async (collection, id, ...rest) => {
          revive(collection, id);
          return inner.remove(collection, id, ...rest);
        },
      };
    }),
    ['neither replaces nor removes an expired document'],
  ],
  [
    'keeps the expiry that was there',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const expiresAt = (await inner.get(collection, id, options))?.expiresAt;
        const kept = expiresAt === undefined ? {} : { expiresAt };
        return inner.replace(collection, id, revision, value, { ...kept, ...options });
      },
    })),
    ['replaces the expiry with every write', 'reports an expiry as a remove'],
  ],
  [
    'takes any name',
    broken((inner) => ({
      list: async (...args) => {
        try {
          return await inner.list(...args);
        } catch (error) {
          if (error instanceof TypeError) return [];
          throw error;
        }
      },
    })),
    ['rejects invalid names'],
  ],
  [
    'stores under names of files that Windows does not have',
    broken((inner) => ({
      insert: (collection, id, ...rest) => {
        if (id === 'con') throw new TypeError('con');
        return inner.insert(collection, id, ...rest);
      },
    })),
    ['accepts every valid name'],
  ],
  [
    'does not look at signals',
    broken((inner) => ({ get: (collection, id) => inner.get(collection, id) })),
    ['does nothing if already aborted'],
  ],
  [
    'begins to write before it looks at the signal',
    broken((inner) => ({
      remove: async (collection, id, revision, options) => {
        await inner.remove(collection, id, revision);
        options?.signal?.throwIfAborted();
      },
    })),
    ['does nothing if already aborted'],
  ],
  [
    'ends with an error of its own when aborted',
    broken((inner) => ({
      list: async (collection, options) => {
        const listed = await inner.list(collection, options);
        if (options?.signal?.aborted === true) throw new Error('aborted');
        return listed;
      },
    })),
    ['either rejects with the reason or completes when aborted meanwhile'],
  ],
];
