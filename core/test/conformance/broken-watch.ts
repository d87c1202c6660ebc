import type { StorageChange } from '@roomkey/core';
import { broken, pause, type Broken } from './broken.js';

/** Stores with one fault in what they report. */
export const BROKEN_WATCHES: readonly Broken[] = [
  [
    'reports its own changes only',
    broken((inner) => {
      let own = 0;
      const writing = async <T>(write: () => Promise<T>): Promise<T> => {
        own += 1;
        try {
          return await write();
        } finally {
          own -= 1;
        }
      };
      return {
        insert: (...args) => writing(() => inner.insert(...args)),
        replace: (...args) => writing(() => inner.replace(...args)),
        remove: (...args) => writing(() => inner.remove(...args)),
        watch: (collection, onChange, options) =>
          inner.watch(collection, (change) => own > 0 && onChange(change), options),
      };
    }),
    [
      'reports own changes and those of another instance',
      'reports an id that is inserted again',
      'reports an expiry as a remove',
    ],
  ],
  [
    'reports existing documents to a new watch',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        const watch = await inner.watch(collection, onChange, options);
        const there = await inner.list(collection);
        for (const document of there) onChange({ type: 'put', document });
        return watch;
      },
    })),
    ['reports own changes and those of another instance', 'reports no refused write'],
  ],
  [
    'reports out of order',
    broken((inner) => ({
      watch: (collection, onChange, options) => {
        let held: StorageChange | undefined;
        const tellHeld = () => {
          const change = held;
          held = undefined;
          if (change !== undefined) onChange(change);
        };
        const tell = (change: StorageChange) => {
          if (held === undefined) {
            held = change;
            // Errors of a listener are not the fault under test here.
            void pause()
              .then(tellHeld)
              .catch(() => undefined);
          } else {
            onChange(change);
            tellHeld();
          }
        };
        return inner.watch(collection, tell, options);
      },
    })),
    ['reports the changes of a document in order', 'reports an expiry as a remove'],
  ],
  [
    'reports the removal of an id only once',
    broken((inner) => ({
      watch: (collection, onChange, options) => {
        const removed = new Set<string>();
        const tell = (change: StorageChange) => {
          const id = change.type === 'put' ? change.document.id : change.id;
          if (removed.has(id)) return;
          if (change.type === 'remove') removed.add(id);
          onChange(change);
        };
        return inner.watch(collection, tell, options);
      },
    })),
    ['reports an id that is inserted again'],
  ],
  [
    'reports writes that it then refuses',
    broken((inner, backend) => ({
      replace: async (collection, id, revision, value, options) => {
        const now = await inner.get(collection, id, options);
        if (now !== undefined && now.revision !== revision) {
          const document = { id, revision: now.revision, value };
          for (const watcher of backend.collection(collection).watchers)
            watcher({ type: 'put', document });
        }
        return inner.replace(collection, id, revision, value, options);
      },
    })),
    ['reports no refused write'],
  ],
  [
    'reports once to a listener that watches twice',
    broken((inner) => {
      const known = new Set<unknown>();
      return {
        watch: async (collection, onChange, options) => {
          if (known.has(onChange)) return { stop: async () => undefined };
          known.add(onChange);
          return inner.watch(collection, onChange, options);
        },
      };
    }),
    ['reports each change to every watch of the same listener'],
  ],
  [
    'starts a watch that was aborted',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        const watch = await inner.watch(collection, onChange);
        options?.signal?.throwIfAborted();
        return watch;
      },
    })),
    ['does not start if already aborted'],
  ],
  [
    'reports changes of every collection',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        const watches = [await inner.watch(collection, onChange, options)];
        if (collection === 'rooms') watches.push(await inner.watch('users', onChange, options));
        return {
          stop: async () => {
            for (const watch of watches) await watch.stop();
          },
        };
      },
    })),
    ['reports no changes of other collections'],
  ],
  [
    'reports no expiry',
    broken((inner) => ({
      watch: (collection, onChange, options) => {
        const expiries = new Map<string, number | undefined>();
        const tell = (change: StorageChange) => {
          if (change.type === 'put') expiries.set(change.document.id, change.document.expiresAt);
          else if ((expiries.get(change.id) ?? Infinity) <= Date.now()) return;
          onChange(change);
        };
        return inner.watch(collection, tell, options);
      },
    })),
    ['reports an expiry as a remove'],
  ],
  [
    'ends a watch whose listener throws',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        let failed = false;
        const tell = (change: StorageChange) => {
          if (failed) return;
          failed = true;
          onChange(change);
          failed = false;
        };
        return inner.watch(collection, tell, options);
      },
    })),
    ['continues after a listener throws, and does not share memory with it'],
  ],
  [
    'shares its documents with listeners',
    broken((inner, backend) => ({
      watch: (collection, onChange, options) => {
        const tell = (change: StorageChange) => {
          if (change.type === 'remove') onChange(change);
          else {
            const stored = backend.collection(collection).documents.get(change.document.id);
            onChange({ type: 'put', document: stored ?? change.document });
          }
        };
        return inner.watch(collection, tell, options);
      },
    })),
    ['continues after a listener throws, and does not share memory with it'],
  ],
  [
    'continues after stop',
    broken((inner) => ({
      watch: async (...args) => {
        await inner.watch(...args);
        return { stop: async () => undefined };
      },
    })),
    [
      'reports each change to every watch of the same listener',
      'reports nothing after stop, which is idempotent',
    ],
  ],
  [
    'fails on a second stop',
    broken((inner) => ({
      watch: async (...args) => {
        const watch = await inner.watch(...args);
        let stopped = false;
        return {
          stop: async () => {
            if (stopped) throw new Error('stopped already');
            stopped = true;
            await watch.stop();
          },
        };
      },
    })),
    [
      'reports each change to every watch of the same listener',
      'reports nothing after stop, which is idempotent',
    ],
  ],
];
