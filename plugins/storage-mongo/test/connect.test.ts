import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogFields, Logger } from '@roomkey/core';
import { MongoServer, TestDatabase } from '../../../test/support/mongo.js';
import { mongoProgram } from '../../../test/support/mongo-program.js';
import { describeWith } from '../../../test/support/optional.js';
import { databaseOf } from '../src/config.js';
import { FaultyProxy } from './faulty-proxy.js';
import { create } from './support.js';

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

/** A message of 2 GiB begins, and continues as long as the client reads. */
function flood(socket: Socket): void {
  if (socket.bytesWritten === 0) socket.write(Buffer.from([255, 255, 255, 127]));
  else if (socket.writableLength === 0) socket.write(Buffer.alloc(64 * 1024));
}

describe('the settings', () => {
  it.each(['', 'localhost', 'http://localhost', 'mongodb://', 'mongodb:///rooms'])(
    'refuse the connection string %j',
    async (uri) => {
      await expect(create({ uri })).rejects.toThrow('must be a connection string');
    },
  );

  it.each([
    'mongodb://anna:geheim@wort@host',
    'mongodb://anna:geheim@host/?geheim=1',
    'mongodb://anna:geheim@host/?tls=geheim',
    'mongodb+srv://anna:geheim@host:1',
    'mongodb://anna:geheim%zz@host',
  ])('say nothing of %j but that it is malformed', async (uri) => {
    const error: unknown = await create({ uri }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(code('RK_CONFIG_INVALID'));
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/anna|geheim/);
  });

  it.each(['mongodb://a/my.db', 'mongodb://a/my%20db', 'mongodb://a/$x'])(
    'refuse the database of %j',
    async (uri) => {
      await expect(create({ uri })).rejects.toThrow('must name a database');
    },
  );

  it('that name a missing file are an error, and no reason to fall back', async () => {
    const uri = 'mongodb://127.0.0.1:1/?tls=true&tlsCAFile=/not/there.pem';
    await expect(create({ uri })).rejects.toEqual(code('RK_CONFIG_INVALID'));
  });

  it.each([
    [{ uri: 'mongodb://a' }, 'roomkey'],
    [{ uri: 'mongodb://a/' }, 'roomkey'],
    [{ uri: 'mongodb://a,b:1/?replicaSet=x' }, 'roomkey'],
    [{ uri: 'mongodb://u:p%2F@a,b:1/lab?w=1' }, 'lab'],
    [{ uri: 'mongodb://a/lab', database: 'mine' }, 'mine'],
  ])('%j use the database %s', (config, name) => {
    expect(databaseOf(config)).toBe(name);
  });
});

describe('an unavailable server', () => {
  it('makes Roomkey use the next store: no server listens', async () => {
    await expect(create({ uri: 'mongodb://127.0.0.1:1' })).rejects.toEqual(
      expect.objectContaining({
        code: 'RK_PLUGIN_UNAVAILABLE',
        plugin: '@roomkey/storage-mongo',
        message:
          'MongoDB at 127.0.0.1:1 does not take connections. Start it, or check its address.',
      }),
    );
  });

  it('makes Roomkey use the next store: it accepts connections and stays silent', async () => {
    const hole = await FaultyProxy.start();
    const creating = create({ uri: hole.uri });
    await expect(creating).rejects.toThrow('did not answer in time');
    await expect(creating).rejects.toEqual(code('RK_PLUGIN_UNAVAILABLE'));
  });

  it.each([
    ['never ends its answer', (socket: Socket) => void socket.write(Buffer.from([255, 255, 0, 0]))],
    ['announces more than there is memory for', flood],
    ['speaks another language', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request')],
  ])('leaves its place to the next: it %s', async (_, answer) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      const dripping = setInterval(() => answer(socket), 50);
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.on('close', () => {
        clearInterval(dripping);
        sockets.delete(socket);
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(create({ uri: `mongodb://127.0.0.1:${port}/` })).rejects.toEqual(
      code('RK_PLUGIN_UNAVAILABLE'),
    );
    // The driver has left no handles that could keep the process alive.
    while (sockets.size > 0) await sleep(20);
  });

  it('makes Roomkey use the next store: its name is unknown', async () => {
    await expect(create({ uri: 'mongodb://unknown.invalid' })).rejects.toEqual(
      code('RK_PLUGIN_UNAVAILABLE'),
    );
  });
});

describeWith('mongo', 'an available server', () => {
  const database = new TestDatabase();

  it('is an error if it does not belong to the named replica set', async (test) => {
    test.skip(mongoProgram()?.kind !== 'ferretdb', 'a server that may be of that set');
    const creating = create({ uri: `${database.uri}?replicaSet=roomkey` });
    await expect(creating).rejects.toThrow('is no member of the replica set');
    await expect(creating).rejects.toEqual(code('RK_CONFIG_INVALID'));
  });

  it('is used', async () => {
    const storage = await create({ uri: database.uri, database: database.name });
    const document = await storage.insert('rooms', 'lab', { name: 'Lab' });
    expect(await storage.get('rooms', 'lab')).toEqual(document);
  });
});

describeWith('mongod', 'a server that requires authentication', () => {
  it('is an error if it refuses the user, and the error never shows the password', async (test) => {
    test.skip(mongoProgram()?.kind !== 'ferretdb', 'only FerretDB makes a user when it starts');
    const user = { name: 'Zacharias', password: 'Quetschkartoffel' };
    const server = await MongoServer.start({ user });
    const logged: unknown[] = [];
    const log = (message: string, fields?: LogFields) => void logged.push(message, fields);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const uri = (name: string, password: string) =>
      `mongodb://${name}:${password}@${server.address}:${server.port}/?authSource=admin`;

    const good = await create({ uri: uri(user.name, user.password), database: 'lab' }, logger);
    const watch = await good.watch('rooms', () => undefined);
    await good.insert('rooms', 'a', {});
    for (const wrong of [
      uri(user.name, 'Quetschkartoffeln'),
      uri('Zachariaskopf', user.password),
    ]) {
      const error: unknown = await create({ uri: wrong }, logger).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toEqual(code('RK_CONFIG_INVALID'));
      expect((error as Error).message).toContain('refuses the user name or the password');
      logged.push(error);
    }
    logged.push(await good.insert('rooms', 'a', {}).catch((thrown: unknown) => thrown));
    await server.stop();
    logged.push(await good.get('rooms', 'a').catch((thrown: unknown) => thrown));
    logged.push(await good.insert('rooms', 'b', {}).catch((thrown: unknown) => thrown));
    const uris = [
      uri(user.name, user.password),
      'mongodb://Zacharias:Quetschkartoffel@127.0.0.1:1',
    ];
    for (const away of uris) {
      logged.push(await create({ uri: away }, logger).catch((thrown: unknown) => thrown));
    }
    await expect
      .poll(() => logged, { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('Changes of rooms cannot be detected'));
    await watch.stop();

    expect(logged.filter((one) => one instanceof Error)).toHaveLength(7);
    const said = inspect(logged, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
    expect(said).not.toMatch(/Zacharias|Quetsch|authSource=admin/);
    for (const one of logged) {
      if (one instanceof Error) expect(one.stack).not.toMatch(/Zacharias|Quetsch/);
    }
  });
});
