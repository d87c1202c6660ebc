import type { StorageChange } from '@roomkey/core';
import { broken, pause, type Broken } from './broken.js';

/** Stores that are wrong in what they tell. */
export const BROKEN_WATCHES: readonly Broken[] = [
  [
    'tells of its own changes only',
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
      'tells of own changes and of another instance’s',
      'tells of an id that comes back',
      'tells an expiry as a remove',
    ],
  ],
  [
    'tells what is there to one who begins',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        const watch = await inner.watch(collection, onChange, options);
        const there = await inner.list(collection);
        for (const document of there) onChange({ type: 'put', document });
        return watch;
      },
    })),
    ['tells of own changes and of another instance’s', 'tells nothing of what was refused'],
  ],
  [
    'tells out of order',
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
            // What a listener throws is not what is wrong here.
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
    ['tells the changes of a document in order', 'tells an expiry as a remove'],
  ],
  [
    'tells of an id only once that it was removed',
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
    ['tells of an id that comes back'],
  ],
  [
    'tells of what it then refuses',
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
    ['tells nothing of what was refused'],
  ],
  [
    'tells once whoever watches twice',
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
    ['tells twice whoever watches twice'],
  ],
  [
    'watches though it was aborted',
    broken((inner) => ({
      watch: async (collection, onChange, options) => {
        const watch = await inner.watch(collection, onChange);
        options?.signal?.throwIfAborted();
        return watch;
      },
    })),
    ['does not begin when aborted before'],
  ],
  [
    'tells of every collection',
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
    ['tells nothing of other collections'],
  ],
  [
    'tells of no expiry',
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
    ['tells an expiry as a remove'],
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
    ['goes on when a listener throws, and lends it nothing'],
  ],
  [
    'lends its documents to listeners',
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
    ['goes on when a listener throws, and lends it nothing'],
  ],
  [
    'goes on after stop',
    broken((inner) => ({
      watch: async (...args) => {
        await inner.watch(...args);
        return { stop: async () => undefined };
      },
    })),
    ['tells twice whoever watches twice', 'is silent after stop, which can be called twice'],
  ],
  [
    'stops once only',
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
    ['tells twice whoever watches twice', 'is silent after stop, which can be called twice'],
  ],
];
