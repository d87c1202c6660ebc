import type { JsonObject, StoredDocument } from '@roomkey/core';
import type { MemoryBackend } from '@roomkey/core/conformance';
import { broken, pause, type Broken } from './broken.js';

const removed = new WeakMap<MemoryBackend, StoredDocument[]>();

/** What was removed from a backend, for a store that does not forget it. */
function removedFrom(backend: MemoryBackend): StoredDocument[] {
  const documents = removed.get(backend) ?? [];
  removed.set(backend, documents);
  return documents;
}

/** Stores that are wrong in what they store. */
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
      'gives back what was inserted, also to another instance',
      'shows at once what another instance did',
      'refuses an id that is taken',
      'lets one of many inserts of an id win',
      'keeps a document until it expires',
      'frees the id of an expired document, not its revision',
      'tells nothing of what was refused',
      'tells twice whoever watches twice',
      'tells an expiry as a remove',
    ],
  ],
  [
    'has one collection',
    broken((inner) => ({
      insert: (_, ...args) => inner.insert('rooms', ...args),
      get: (_, ...args) => inner.get('rooms', ...args),
    })),
    [
      'keeps collections apart',
      'refuses names that are not allowed',
      'tells nothing of other collections',
    ],
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
    ['lists in the order of ids'],
  ],
  [
    'lists a hundred documents at most',
    broken((inner) => ({ list: async (...args) => (await inner.list(...args)).slice(0, 100) })),
    ['lists more than a server gives at once'],
  ],
  [
    'does not tell upper case from lower case',
    broken((inner) => ({
      insert: (collection, id, ...rest) => inner.insert(collection, id.toLowerCase(), ...rest),
      get: (collection, id, ...rest) => inner.get(collection, id.toLowerCase(), ...rest),
    })),
    ['lists in the order of ids', 'keeps ids apart that differ in case only'],
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
    ['shows at once what another instance did'],
  ],
  [
    'writes into what is there',
    broken((inner) => ({
      replace: async (collection, id, revision, value, options) => {
        const before = await inner.get(collection, id, options);
        return inner.replace(collection, id, revision, { ...before?.value, ...value }, options);
      },
    })),
    ['writes over a document'],
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
    ['keeps every JSON value as it is'],
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
    ['lends nobody its own documents'],
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
    ['shows at once what another instance did', 'removes a document'],
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
    ['lends nobody its own documents'],
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
    ['refuses an id that is taken', 'tells nothing of what was refused'],
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
    ['lets one of many inserts of an id win'],
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
    ['loses no update of two instances that write at once'],
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
      'frees the id of an expired document, not its revision',
      'tells nothing of what was refused',
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
      'frees the id of an expired document, not its revision',
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
    ['refuses a revision that is not the current one', 'tells nothing of what was refused'],
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
      'refuses to write over or remove what is not there',
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
      'refuses to write over or remove what is not there',
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
    ['gives no revision of an id twice, also after it was removed'],
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
    ['frees the id of an expired document, not its revision'],
  ],
  [
    'forgets the expiry of what is inserted',
    broken((inner) => ({
      insert: (collection, id, value, options) =>
        inner.insert(collection, id, value, options?.signal && { signal: options.signal }),
    })),
    [
      'keeps a document until it expires',
      'shows nobody an expired document',
      'neither replaces nor removes an expired document',
      'frees the id of an expired document, not its revision',
      'tells an expiry as a remove',
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
    ['shows nobody an expired document'],
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
    ['sets the expiry anew with every write', 'tells an expiry as a remove'],
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
    ['refuses names that are not allowed'],
  ],
  [
    'stores under names of files that Windows does not have',
    broken((inner) => ({
      insert: (collection, id, ...rest) => {
        if (id === 'con') throw new TypeError('con');
        return inner.insert(collection, id, ...rest);
      },
    })),
    ['takes every name that is allowed'],
  ],
  [
    'does not look at signals',
    broken((inner) => ({ get: (collection, id) => inner.get(collection, id) })),
    ['does nothing when aborted before'],
  ],
  [
    'begins to write before it looks at the signal',
    broken((inner) => ({
      remove: async (collection, id, revision, options) => {
        await inner.remove(collection, id, revision);
        options?.signal?.throwIfAborted();
      },
    })),
    ['does nothing when aborted before'],
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
    ['ends with the reason, or as if nothing were, when aborted meanwhile'],
  ],
];
