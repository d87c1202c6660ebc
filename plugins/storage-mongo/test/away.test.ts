import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Logger, StorageChange } from '@roomkey/core';
import { MongoServer } from '../../../test/support/mongo.js';
import { mongoProgram } from '../../../test/support/mongo-program.js';
import { describeWith } from '../../../test/support/optional.js';
import type { MongoStorage } from '../src/mongo-storage.js';
import { FaultyProxy } from './faulty-proxy.js';
import { openStorage, silent } from './support.js';

const io = expect.objectContaining({ code: 'RK_STORAGE_IO' }) as Error;

async function open(uri: string, logger = silent): Promise<MongoStorage> {
  const storage = await openStorage(uri, 'lab', logger);
  onTestFinished(() => storage.close());
  return storage;
}

/** Repeats an operation that fails while the server is unreachable. */
async function untilBack<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      expect(error).toEqual(io);
    }
  }
}

describeWith('mongod', 'a server that goes away', () => {
  it('makes every operation fail, until it is back', { timeout: 60_000 }, async () => {
    const server = await MongoServer.start();
    const said: string[] = [];
    const write = (message: string) => void said.push(message);
    const logger: Logger = { ...silent, warn: write, info: write };
    const storage = await open(server.uri, logger);
    const other = await open(server.uri);
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    const changes: StorageChange[] = [];
    await storage.watch('rooms', (change) => changes.push(change));

    await server.stop();
    const attempts = [
      storage.get('rooms', 'a'),
      storage.list('rooms'),
      storage.insert('rooms', 'b', {}),
      storage.replace('rooms', 'a', revision, {}),
      storage.remove('rooms', 'a', revision),
      storage.watch('users', () => undefined),
    ];
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toEqual({ status: 'rejected', reason: io });
    }
    while (!said.some((message) => message.includes('cannot be detected for now'))) await sleep(20);

    await server.restart();
    const document = await untilBack(() => other.get('rooms', 'a'));
    expect(document?.value).toEqual({ n: 1 });
    const written = await untilBack(() => other.replace('rooms', 'a', revision, { n: 2 }));
    while (!changes.some((change) => change.type === 'put' && change.document.id === 'a')) {
      await sleep(20);
    }
    expect(changes).toContainEqual({ type: 'put', document: written });
    expect(said).toEqual([
      expect.stringContaining('cannot be detected for now'),
      'Changes of rooms are detected again.',
    ]);
  });

  it('because it hangs makes operations fail, until it is back', { timeout: 60_000 }, async () => {
    const server = await MongoServer.start();
    const storage = await open(server.uri);
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    server.signal('SIGSTOP');
    await expect(storage.get('rooms', 'a')).rejects.toEqual(io);
    await expect(storage.replace('rooms', 'a', revision, { n: 2 })).rejects.toEqual(io);
    server.signal('SIGCONT');
    const document = await untilBack(() => storage.get('rooms', 'a'));
    // The server may have done it when it continued.
    expect([1, 2]).toContain(document?.value['n']);
  });

  it(
    'behind a cable that was pulled out is missed, and found again',
    { timeout: 60_000 },
    async () => {
      const server = await MongoServer.start();
      const proxy = await FaultyProxy.start(server.port);
      const storage = await open(proxy.uri);
      await storage.insert('rooms', 'a', { n: 1 });
      const reading = Promise.all(Array.from({ length: 3 }, () => storage.list('rooms')));
      proxy.goSilent();
      await reading.catch((error: unknown) => expect(error).toEqual(io));
      await expect(storage.insert('rooms', 'b', {})).rejects.toEqual(io);
      proxy.recover();
      expect((await untilBack(() => storage.get('rooms', 'a')))?.value).toEqual({ n: 1 });
    },
  );

  it('does not delay an operation whose signal aborts', async () => {
    const server = await MongoServer.start();
    const proxy = await FaultyProxy.start(server.port);
    const storage = await open(proxy.uri);
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    proxy.goSilent();
    const controller = new AbortController();
    const reason = new Error('enough');
    const options = { signal: controller.signal };
    const attempts = [
      storage.get('rooms', 'a', options),
      storage.list('rooms', options),
      storage.insert('rooms', 'b', {}, options),
      storage.replace('rooms', 'a', revision, {}, options),
      storage.remove('rooms', 'a', revision, options),
      storage.watch('rooms', () => undefined, options),
    ];
    controller.abort(reason);
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toEqual({ status: 'rejected', reason });
    }
  });
});

describeWith('mongod', 'a lost answer', () => {
  /** A request for a command on a collection: the first element of its BSON, a string. */
  const isFor = (command: string, collection: string) => (request: Buffer) =>
    request.includes(
      `\u0002${command}\0${String.fromCharCode(collection.length + 1)}\0\0\0${collection}\0`,
    );

  async function start() {
    const server = await MongoServer.start();
    const proxy = await FaultyProxy.start(server.port);
    const storage = await open(proxy.uri);
    const other = await open(server.uri);
    return { proxy, storage, other, document: await storage.insert('rooms', 'a', { n: 1 }) };
  }

  it('leaves no doubt about an insert', async () => {
    const { proxy, storage, other } = await start();
    const cut = proxy.cutAnswer(isFor('insert', 'roomkey_rooms'));
    const document = await storage.insert('rooms', 'b', { n: 2 });
    await cut;
    expect(await other.get('rooms', 'b')).toEqual(document);
  });

  it('leaves no doubt about which write was first', async () => {
    const { proxy, storage, document } = await start();
    const cut = proxy.cutAnswer(isFor('insert', 'roomkey_rooms'));
    await expect(storage.insert('rooms', 'a', {})).rejects.toThrow('already');
    await cut;
    expect(await storage.get('rooms', 'a')).toEqual(document);
  });

  it.each([
    ['the lease', 'insert', 'roomkey__leases'],
    ['the document', 'update', 'roomkey_rooms'],
  ])(
    'leaves no doubt about a replacement: a lost answer for %s',
    async (_, command, collection) => {
      const { proxy, storage, other, document } = await start();
      const cut = proxy.cutAnswer(isFor(command, collection));
      const replaced = await storage.replace('rooms', 'a', document.revision, { n: 2 });
      if (mongoProgram()?.kind === 'ferretdb' || collection === 'roomkey_rooms') await cut;
      expect(replaced.value).toEqual({ n: 2 });
      expect(await other.get('rooms', 'a')).toEqual(replaced);
    },
  );

  it('leaves no doubt about a removal', async () => {
    const { proxy, storage, other, document } = await start();
    const cut = proxy.cutAnswer(isFor('update', 'roomkey_rooms'));
    await storage.remove('rooms', 'a', document.revision);
    await cut;
    expect(await other.get('rooms', 'a')).toBeUndefined();
  });
});

describeWith('mongod', 'a slow server', () => {
  it('gets time to answer', { timeout: 60_000 }, async () => {
    const server = await MongoServer.start();
    const proxy = await FaultyProxy.start(server.port);
    const storage = await open(proxy.uri);
    proxy.delay(300);
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    const { revision: next } = await storage.replace('rooms', 'a', revision, { n: 2 });
    expect(await storage.list('rooms')).toHaveLength(1);
    await storage.remove('rooms', 'a', next);
    expect(await storage.get('rooms', 'a')).toBeUndefined();
  });
});
