import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection, Listener } from '@roomkey/core';
import plugin from '../src/index.js';
import { normalizeHost } from '../src/sockets.js';
import { createTransport, RecordingLogger } from './support.js';

const listeners: Listener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

async function listen(onConnection: (connection: Connection) => void, port = 0) {
  const listener = await createTransport({ port }).listen({ onConnection });
  listeners.push(listener);
  return listener;
}

describe('the plugin', () => {
  it('provides a transport, with settings that have defaults and bounds', () => {
    const { configSchema } = plugin;
    expect(plugin.provides.kind).toBe('transport');
    expect(configSchema.parse({})).toEqual({ port: 0, connectTimeoutMs: 2_000 });
    for (const wrong of [
      { port: -1 },
      { port: 65_536 },
      { port: 1.5 },
      { connectTimeoutMs: 0 },
      { connectTimeoutMs: 60_001 },
      { other: 1 },
    ]) {
      expect(configSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

describe('listening', () => {
  it('uses the configured port, and reports if it is in use', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(listen(() => undefined, port)).rejects.toMatchObject({
      code: 'RK_TRANSPORT_LISTEN',
      message: `Cannot listen on TCP port ${port}. Close the program that uses it, or set a different port in the configuration.`,
    });
    other.close();
    await once(other, 'close');
    expect((await listen(() => undefined, port)).port).toBe(port);
  });

  it('reports the caller’s address in its usual form', async () => {
    const remotes: string[] = [];
    const listener = await listen((connection) => {
      remotes.push(connection.remote.host);
      connection.abort();
    });
    await createTransport()
      .dial({ host: '127.0.0.1', port: listener.port })
      .then(
        (connection) => connection.close(),
        () => undefined,
      );
    expect(remotes).toEqual(['127.0.0.1']);
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
    ['192.0.2.1', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::1', '::1'],
  ])('writes %s as %s', (host, normalized) => {
    expect(normalizeHost(host)).toBe(normalized);
  });
});

describe('dialing', () => {
  it.each([
    ['a name', 'localhost', 4_800],
    ['nothing', '', 4_800],
    ['an address with something behind it', '127.0.0.1/8', 4_800],
    ['port 0', '127.0.0.1', 0],
    ['a port that is too high', '127.0.0.1', 65_536],
    ['a port that is no number', '127.0.0.1', NaN],
  ])('refuses %s without asking the network', async (_, host, port) => {
    await expect(createTransport().dial({ host, port })).rejects.toMatchObject({
      code: 'RK_TRANSPORT_UNREACHABLE',
    });
  });

  it('gives advice if the port is closed', async () => {
    const listener = await listen(() => undefined);
    await listener.close();
    await expect(
      createTransport().dial({ host: '127.0.0.1', port: listener.port }),
    ).rejects.toMatchObject({
      code: 'RK_TRANSPORT_UNREACHABLE',
      message: `127.0.0.1 port ${listener.port} refused the connection. Check that the room is still open on the other side.`,
    });
  });
});

/**
 * Listens with a short queue and accepts no connection: soon, further dials get no answer at all.
 */
const DEAF = `
const { parentPort } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
`;

// Other systems refuse connections beyond the queue; Linux drops them.
describe.skipIf(process.platform !== 'linux')('a peer that does not answer', () => {
  async function deaf() {
    const worker = new Worker(DEAF, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const held: Connection[] = [];
    const transport = createTransport({ connectTimeoutMs: 300 }, new RecordingLogger());
    const dial = (signal?: AbortSignal) =>
      transport.dial({ host: '127.0.0.1', port }, signal === undefined ? {} : { signal });
    let refusal: unknown;
    while (refusal === undefined && held.length < 10) {
      await dial().then(
        (connection) => held.push(connection),
        (error: unknown) => (refusal = error),
      );
    }
    const end = async () => {
      for (const connection of held) connection.abort();
      await Promise.all(held.map((connection) => connection.close()));
      await worker.terminate();
    };
    return { dial, refusal, port, end };
  }

  it('is abandoned after the time limit, or at once by a signal', async () => {
    const { dial, refusal, port, end } = await deaf();
    try {
      expect(refusal).toMatchObject({
        code: 'RK_TRANSPORT_UNREACHABLE',
        message: `127.0.0.1 port ${port} did not answer within 300 ms. A firewall may block it, or the computer has left the network.`,
      });
      const controller = new AbortController();
      const dialing = dial(controller.signal);
      const reason = new Error('the person gave up');
      controller.abort(reason);
      await expect(dialing).rejects.toBe(reason);
    } finally {
      await end();
    }
  });
});
