import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RoomkeyError, type BeaconSource, type PluginContext } from '@roomkey/core';
import { UdpAnnouncement } from '../src/udp-announcement.js';
import plugin from '../src/index.js';
import { MemoryLogger, UdpTestNetwork } from './udp-test-network.js';

const CHALLENGE = Buffer.alloc(16, 7);
const QUERY = Buffer.concat([Buffer.from('RKQ1'), CHALLENGE], 512);

let network: UdpTestNetwork;
const sockets: Socket[] = [];

beforeEach(async () => {
  network = await UdpTestNetwork.open();
});
afterEach(async () => {
  await network.close();
  await Promise.all(sockets.splice(0).map(closed));
});

function closed(socket: Socket): Promise<unknown> {
  const gone = once(socket, 'close');
  socket.close();
  return gone;
}

/** A socket of a foreign program. */
async function foreignSocket(address = '127.0.0.1', port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, address);
  sockets.push(socket);
  await once(socket, 'listening');
  return socket;
}

/** Creates beacons of 200 bytes and counts them. */
function source(name = 'a') {
  let count = 0;
  return {
    next: vi.fn<BeaconSource['next']>((farewell) => {
      count += 1;
      return new TextEncoder().encode(`RKB1 ${name} ${count} ${String(farewell)}`.padEnd(200));
    }),
    answer: vi.fn<BeaconSource['answer']>((challenge) => {
      const text = `RKB1 ${name} ${count} answers ${Buffer.from(challenge).toString('hex')}`;
      return new TextEncoder().encode(text.padEnd(200));
    }),
  };
}

/** The beacons that a search receives, as text. */
async function listenForBeacons() {
  const heard: string[] = [];
  await network.start().discover(({ beacon }) => {
    heard.push(new TextDecoder().decode(beacon).trim());
  });
  const until = (text: string) =>
    vi.waitUntil(() => heard.some((each) => each.includes(text)), 25_000);
  return { until };
}

describe('a query', () => {
  test('is answered by unicast to its sender, with the challenge and no new beacon', async () => {
    await network.start().announce(source());
    const asker = await foreignSocket();
    asker.send(QUERY, network.port, '127.0.0.1');
    const [answer] = (await once(asker, 'message')) as [Buffer];
    expect(answer.toString().trim()).toBe(`RKB1 a 1 answers ${CHALLENGE.toString('hex')}`);
  });

  test('is answered only if it is as long as the longest answer', async () => {
    // Without the random delay, answers come in the order of the queries.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await network.start().announce(source());
    const answered = vi.fn();
    const wrong = [
      QUERY.subarray(0, 4),
      QUERY.subarray(0, 511),
      Buffer.concat([QUERY], 513),
      Buffer.concat([QUERY.subarray(0, 511), CHALLENGE], 512),
      Buffer.concat([QUERY.subarray(0, 4)], 512),
    ];
    for (const query of wrong) {
      const asker = await foreignSocket();
      asker.on('message', answered);
      asker.send(query, network.port, '127.0.0.1');
    }
    const asker = await foreignSocket();
    asker.send(QUERY, network.port, '127.0.0.1');
    await once(asker, 'message');
    expect(answered).not.toHaveBeenCalled();
  });

  test('is never answered with more bytes than it has, however many rooms there are', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const host = network.start();
    const rooms = ['a', 'b', 'c', 'd', 'e'];
    const sources = rooms.map((name) => source(name));
    for (const next of sources) await host.announce(next);
    const heard: string[] = [];
    for (let round = 0; round < rooms.length; round += 1) {
      // A new address each time: answers per address are limited.
      const asker = await foreignSocket(`127.0.0.${round + 2}`);
      let bytes = 0;
      asker.on('message', (answer) => {
        bytes += answer.length;
        heard.push(answer.toString('latin1', 5, 6));
      });
      asker.send(QUERY, network.port, '127.0.0.1');
      await vi.waitUntil(() => bytes >= 400, 25_000);
      expect(bytes).toBeLessThanOrEqual(QUERY.length);
    }
    // Fair: each room was sent.
    expect(new Set(heard)).toEqual(new Set(rooms));
  });

  test('is answered at most five times per second and address', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    // The limiter's clock stands still, so the test may take any time.
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000_000);
    const { until } = await listenForBeacons();
    await network.start().announce(source());
    const askers = await Promise.all(Array.from({ length: 20 }, () => foreignSocket('127.0.0.9')));
    let answers = 0;
    for (const asker of askers) {
      asker.on('message', () => (answers += 1));
      asker.send(QUERY, network.port, '127.0.0.1');
    }
    await vi.waitUntil(() => answers === 5, 25_000);
    // Not to 127.0.0.1, which would reach only one of the two instances.
    askers[0]!.setBroadcast(true);
    askers[0]!.send('RKB1 fence', network.port, '127.255.255.255');
    await until('fence');
    expect(answers).toBe(5);
    now.mockReturnValue(1_001_000);
    askers[0]!.send(QUERY, network.port, '127.0.0.1');
    await vi.waitUntil(() => answers === 6, 25_000);
  });
});

describe('a received datagram', () => {
  test('of a foreign program is delivered to be counted, and not logged', async () => {
    const { until } = await listenForBeacons();
    const other = await foreignSocket();
    // WS-Discovery, which surveillance cameras multicast to a nearby port.
    const xml = `<?xml version="1.0"?><s:Envelope>${'x'.repeat(900)}</s:Envelope>`;
    for (let n = 0; n < 50; n += 1) other.send(xml, network.port, '127.0.0.1');
    other.send(Buffer.alloc(0), network.port, '127.0.0.1');
    await until('Envelope');
    await network.start().announce(source());
    await until('RKB1 a');
    expect(network.logger.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('can come from this machine over its own networks', async () => {
    const hosts = new Set<string>();
    await network.start().discover(({ host }) => hosts.add(host));
    await network.start().announce(source());
    await vi.waitUntil(() => hosts.has('127.0.0.1'), 25_000);
  });
});

describe('the port', () => {
  test('is an error with advice if another program uses it exclusively', async () => {
    await foreignSocket('0.0.0.0', network.port);
    const failure = network.start().discover(() => undefined);
    await expect(failure).rejects.toMatchObject({
      code: 'RK_DISCOVERY_FAILED',
      plugin: '@roomkey/discovery-udp',
      message: expect.stringContaining(`UDP port ${network.port}`) as string,
    });
    await expect(network.start().announce(source())).rejects.toBeInstanceOf(RoomkeyError);
  });

  test.each(['stop', 'close', 'abort', 'failure'])('is free again after %s', async (how) => {
    const instance = network.start();
    if (how === 'abort') {
      const reason = new Error('enough');
      for (const start of [
        (signal: AbortSignal) => instance.discover(() => undefined, { signal }),
        (signal: AbortSignal) => instance.announce(source(), { signal }),
      ]) {
        const controller = new AbortController();
        const starting = start(controller.signal);
        controller.abort(reason);
        await expect(starting).rejects.toBe(reason);
      }
    } else if (how === 'failure') {
      const broken = instance.announce({
        ...source(),
        next: () => {
          throw new Error('no beacon');
        },
      });
      await expect(broken).rejects.toThrow('no beacon');
    } else {
      const running = [
        await instance.discover(() => undefined),
        await instance.announce(source()),
        await instance.announce(source('b')),
      ];
      if (how === 'close') await Promise.all([instance.close(), instance.close()]);
      else for (const each of running) await each.stop();
    }
    await foreignSocket('0.0.0.0', network.port);
  });

  test('is not opened again after close', async () => {
    const instance = network.start();
    const late = instance.announce(source());
    await instance.close();
    await expect(late).rejects.toMatchObject({ code: 'RK_CLOSED' });
    await expect(instance.discover(() => undefined)).rejects.toMatchObject({ code: 'RK_CLOSED' });
  });
});

describe('announcing', () => {
  test('continues after a beacon that cannot be created', async () => {
    const { until } = await listenForBeacons();
    const next = source();
    const announcement = await network.start().announce(next);
    next.next.mockImplementationOnce(() => {
      throw new Error('no beacon this time');
    });
    announcement.update();
    expect(network.logger.lines.map(({ level }) => level)).toContain('error');
    announcement.update();
    const last = next.next.mock.results.at(-1)?.value as Uint8Array;
    await until(new TextDecoder().decode(last).trim());
  });
});

describe('a pending farewell', () => {
  test('prevents further beacons that the room is live', async () => {
    const next = source();
    let sent: (delivered: boolean) => void = () => undefined;
    const announcement = new UdpAnnouncement({
      source: next,
      intervalMs: 3_600_000,
      logger: network.logger,
      broadcast: () => new Promise((resolve) => (sent = resolve)),
      onStopped: () => Promise.resolve(),
    });
    const starting = announcement.start();
    sent(true);
    await starting;
    const stopping = announcement.stop();
    announcement.update();
    expect(announcement.answer(CHALLENGE)).toBeUndefined();
    sent(true);
    await stopping;
    expect(next.next.mock.calls).toEqual([[false], [true]]);
  });
});

describe('the plugin', () => {
  test('defaults to the settings of the protocol', async () => {
    const result = await plugin.configSchema['~standard'].validate({});
    expect(result).toEqual({ value: { port: 37_020, intervalMs: 2_000 } });
    for (const wrong of [{ port: 0 }, { intervalMs: 7_000 }, { prot: 1 }]) {
      expect(await plugin.configSchema['~standard'].validate(wrong)).toHaveProperty('issues');
    }
  });

  test('sends the farewell when the app stops', async () => {
    const { until } = await listenForBeacons();
    const cleanUps: (() => void | Promise<void>)[] = [];
    const context: PluginContext = {
      logger: new MemoryLogger(),
      signal: new AbortController().signal,
      folders: { config: '', data: '', base: '' },
      use: () => {
        throw new Error('not used');
      },
      defer: (cleanUp) => void cleanUps.push(cleanUp),
    };
    const config = { port: network.port, intervalMs: 2_000 };
    const discovery = await plugin.create(context, config);
    await discovery.announce(source('app'));
    for (const cleanUp of cleanUps) await cleanUp();
    await until('true');
  });
});
