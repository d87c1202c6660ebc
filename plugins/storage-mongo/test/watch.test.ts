import { setTimeout as sleep } from 'node:timers/promises';
import { Timestamp } from 'mongodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Logger, StorageChange } from '@roomkey/core';
import { MongoServer } from '../../../test/support/mongo.js';
import { mongoProgram } from '../../../test/support/mongo-program.js';
import { describeWith } from '../../../test/support/optional.js';
import { recordChanges, type ChangeSource, type RecordChange } from '../src/change-feed.js';
import { RecordWatcher } from '../src/record-watcher.js';
import { ioError } from '../src/errors.js';
import type { StoredRecord } from '../src/record.js';
import { openStorage, silent } from './support.js';

const record = (id: string, revision: number): StoredRecord => ({
  _id: id,
  revision,
  write: 'w',
  value: JSON.stringify({ revision }),
});
const removed = (id: string, revision: number): StoredRecord => ({
  _id: id,
  revision,
  write: 'w',
  removed: true,
  expiresAt: new Date(),
});

describe('recordChanges', () => {
  /** A stream of the driver that emits these changes, and then stays silent until it is closed. */
  function sourceOf(events: readonly object[]) {
    let onClose: (error: Error) => void = () => undefined;
    const closed = new Promise<never>((_, reject) => (onClose = reject));
    closed.catch(() => undefined);
    const left = [...events];
    const close = vi.fn(async () => onClose(new Error('closed')));
    const source = { next: async () => left.shift() ?? (await closed), close };
    return { source: source as unknown as ChangeSource, close };
  }

  it('yields written documents, and the ids of those to read', async () => {
    const { source, close } = sourceOf([
      { operationType: 'insert', fullDocument: record('a', 1) },
      { operationType: 'replace', fullDocument: removed('a', 2) },
      { operationType: 'update', documentKey: { _id: 'b' } },
      { operationType: 'delete', documentKey: { _id: 'c' } },
      { operationType: 'invalidate' },
      { operationType: 'insert', fullDocument: record('d', 1) },
    ]);
    const changes: RecordChange[] = [];
    for await (const change of recordChanges(source, new AbortController().signal)) {
      changes.push(change);
    }
    expect(changes).toEqual([
      { type: 'record', record: record('a', 1) },
      {
        type: 'record',
        record: expect.objectContaining({ removed: true, revision: 2 }) as StoredRecord,
      },
      { type: 'reread', id: 'b' },
      { type: 'reread', id: 'c' },
    ]);
    expect(close).toHaveBeenCalled();
  });

  it('ends at its signal, while it waits', async () => {
    const { source, close } = sourceOf([]);
    const controller = new AbortController();
    const ended = recordChanges(source, controller.signal).next();
    controller.abort();
    await expect(ended).rejects.toThrow('closed');
    expect(close).toHaveBeenCalled();
  });
});

describe('a watch by change streams', () => {
  /** A server with these documents, and streams that the test writes. */
  function setup() {
    const there = new Map<string, StoredRecord>();
    const opened: { since: Timestamp; say: (change: RecordChange | Error) => void }[] = [];
    let time = 0;
    const records = {
      name: 'rooms',
      now: async () => new Timestamp({ t: (time += 1), i: 0 }),
      heads: async function* () {
        yield [...there.values()];
      },
      getMany: async function* (ids: readonly string[]) {
        yield ids.flatMap((id) => there.get(id) ?? []);
      },
      changes: async function* (since: Timestamp, signal: AbortSignal) {
        const queue: (RecordChange | Error)[] = [];
        let wake: () => void = () => undefined;
        signal.addEventListener('abort', () => wake());
        opened.push({
          since,
          say: (change) => {
            queue.push(change);
            wake();
          },
        });
        for (;;) {
          for (let change; (change = queue.shift()) !== undefined;) {
            if (change instanceof Error) throw change;
            yield change;
          }
          if (signal.aborted) return;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
    const said: string[] = [];
    const write = (message: string) => void said.push(message);
    const logger: Logger = { ...silent, warn: write, info: write };
    const server = {
      abilities: { changeStreams: true, atomicUpdates: true },
      describe: (error: unknown) => ioError('host', error),
    };
    const watch = new RecordWatcher(records, server, undefined, logger);
    onTestFinished(() => watch.close());
    return { there, opened, said, watch };
  }
  const put = (id: string, revision: number): StorageChange => ({
    type: 'put',
    document: { id, revision, value: { revision } },
  });

  it('emits each change once, from its own write or the stream', async () => {
    const { there, opened, watch } = setup();
    there.set('old', record('old', 1));
    const changes: StorageChange[] = [];
    await watch.subscribe((change) => changes.push(change));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    expect(opened[0]?.since.t).toBe(1);
    const say = opened[0]!.say;

    // The stream begins before the full read, so it repeats some of its documents.
    say({ type: 'record', record: record('old', 1) });
    watch.update(record('mine', 5));
    say({ type: 'record', record: record('mine', 5) });
    watch.update(removed('mine', 6));
    say({ type: 'record', record: record('theirs', 7) });
    say({ type: 'record', record: removed('mine', 6) });
    // Removed by the index, and inserted again.
    there.set('theirs', record('theirs', 9));
    say({ type: 'reread', id: 'theirs' });
    say({ type: 'reread', id: 'old' });
    there.delete('old');
    await vi.waitFor(() =>
      expect(changes).toEqual([
        put('mine', 5),
        { type: 'remove', id: 'mine' },
        put('theirs', 7),
        put('theirs', 9),
        { type: 'remove', id: 'old' },
      ]),
    );
  });

  it('reads everything again after a stream breaks, and opens a new one', async () => {
    const { there, opened, said, watch } = setup();
    const changes: StorageChange[] = [];
    await watch.subscribe((change) => changes.push(change));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    there.set('missed', record('missed', 3));
    opened[0]!.say(Object.assign(new Error('secret'), { name: 'MongoNetworkError' }));
    await vi.waitFor(() => expect(opened).toHaveLength(2), 10_000);
    expect(opened[1]?.since.t).toBe(2);
    expect(changes).toEqual([put('missed', 3)]);
    expect(said).toEqual([
      expect.stringContaining('Changes of rooms cannot be detected for now. MongoDB at host'),
      'Changes of rooms are detected again.',
    ]);
    opened[1]!.say({ type: 'record', record: record('next', 4) });
    await vi.waitFor(() => expect(changes).toContainEqual(put('next', 4)));
  });

  it('polls if the server turns out to have no streams', async () => {
    const { there, opened, said, watch } = setup();
    const changes: StorageChange[] = [];
    await watch.subscribe((change) => changes.push(change));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    opened[0]!.say(Object.assign(new Error('no'), { name: 'MongoServerError', code: 40573 }));
    await vi.waitFor(() => expect(said).toHaveLength(1));
    there.set('a', record('a', 1));
    await vi.waitFor(() => expect(changes).toEqual([put('a', 1)]), 10_000);
    expect(opened).toHaveLength(1);
  });

  it('ends with the last watcher', async () => {
    const { opened, watch } = setup();
    const first = await watch.subscribe(() => undefined);
    const second = await watch.subscribe(() => undefined);
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    await first.stop();
    await first.stop();
    watch.update(record('a', 1));
    await second.stop();
    await watch.subscribe(() => undefined);
    await vi.waitFor(() => expect(opened).toHaveLength(2));
  });
});

describeWith('mongod', 'a watch on a server that only claims to be a replica set', () => {
  it('still emits changes', async (test) => {
    test.skip(mongoProgram()?.kind !== 'ferretdb', 'a mongod does what it says');
    const server = await MongoServer.start({ args: ['--repl-set-name=roomkey'] });
    const said: string[] = [];
    const warn = (message: string) => void said.push(message);
    const storage = await openStorage(server.uri, 'lab', { ...silent, warn });
    const other = await openStorage(server.uri, 'lab');
    onTestFinished(() => Promise.all([storage.close(), other.close()]).then(() => undefined));
    const changes: StorageChange[] = [];
    await storage.watch('rooms', (change) => changes.push(change));
    const document = await other.insert('rooms', 'a', {});
    while (changes.length === 0) await sleep(20);
    expect(changes).toEqual([{ type: 'put', document }]);
    expect(said).toEqual([expect.stringContaining('is polled for changes every 2 s')]);
  });
});
