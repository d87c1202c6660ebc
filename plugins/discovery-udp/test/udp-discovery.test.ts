import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RoomkeyError, type BeaconSource, type PluginContext } from '@roomkey/core';
import { UdpAnnouncement } from '../src/udp-announcement.js';
import plugin from '../src/index.js';
import { MemoryLogger, UdpTestNetwork } from './udp-test-network.js';

const CHALLENGE = Buffer.alloc(16, 7);
const QUERY = Buffer.concat([Buffer.from('RKQ1'), CHALLENGE], 512);

let neighbours: UdpTestNetwork;
const sockets: Socket[] = [];

beforeEach(async () => {
  neighbours = await UdpTestNetwork.open();
});
afterEach(async () => {
  await neighbours.close();
  await Promise.all(sockets.splice(0).map(closed));
});

function closed(socket: Socket): Promise<unknown> {
  const gone = once(socket, 'close');
  socket.close();
  return gone;
}

/** A socket of a program that is not ours. */
async function foreignSocket(address = '127.0.0.1', port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, address);
  sockets.push(socket);
  await once(socket, 'listening');
  return socket;
}

/** Makes beacons of 200 bytes, and counts them. */
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

/** What a browser hears, as text. */
async function listenForBeacons() {
  const heard: string[] = [];
  await neighbours.start().discover(({ beacon }) => {
    heard.push(new TextDecoder().decode(beacon).trim());
  });
  const until = (text: string) =>
    vi.waitUntil(() => heard.some((each) => each.includes(text)), 25_000);
  return { until };
}

describe('a query', () => {
  test('is answered by unicast to the asker, with the challenge and no new beacon', async () => {
    await neighbours.start().announce(source());
    const asker = await foreignSocket();
    asker.send(QUERY, neighbours.port, '127.0.0.1');
    const [answer] = (await once(asker, 'message')) as [Buffer];
    expect(answer.toString().trim()).toBe(`RKB1 a 1 answers ${CHALLENGE.toString('hex')}`);
  });

  test('is answered only if it is as long as the answer may be', async () => {
    // Without the random delay answers come in the order of the questions.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await neighbours.start().announce(source());
    const answered = vi.fn();
    const wrong = [
      QUERY.subarray(0, 4),
      QUERY.subarray(0, 511),
      Buffer.concat([QUERY], 513),
      Buffer.concat([QUERY.subarray(0, 511), CHALLENGE], 512),
    ];
    for (const query of wrong) {
      const asker = await foreignSocket();
      asker.on('message', answered);
      asker.send(query, neighbours.port, '127.0.0.1');
    }
    const asker = await foreignSocket();
    asker.send(QUERY, neighbours.port, '127.0.0.1');
    await once(asker, 'message');
    expect(answered).not.toHaveBeenCalled();
  });

  test('never brings more bytes than it has, however many rooms there are', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const host = neighbours.start();
    const rooms = ['a', 'b', 'c', 'd', 'e'];
    const sources = rooms.map((name) => source(name));
    for (const next of sources) await host.announce(next);
    const heard: string[] = [];
    for (let round = 0; round < rooms.length; round += 1) {
      // Another address each time: one address is answered a few times a second.
      const asker = await foreignSocket(`127.0.0.${round + 2}`);
      let bytes = 0;
      asker.on('message', (answer) => {
        bytes += answer.length;
        heard.push(answer.toString('latin1', 5, 6));
      });
      asker.send(QUERY, neighbours.port, '127.0.0.1');
      await vi.waitUntil(() => bytes >= 400, 25_000);
      expect(bytes).toBeLessThanOrEqual(QUERY.length);
    }
    // Fair: each had its turn.
    expect(new Set(heard)).toEqual(new Set(rooms));
  });

  test('from one address is answered at most five times a second', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    // The clock of the limit stands still, so that the test may take as long as it likes.
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000_000);
    const { until } = await listenForBeacons();
    await neighbours.start().announce(source());
    const askers = await Promise.all(Array.from({ length: 20 }, () => foreignSocket('127.0.0.9')));
    let answers = 0;
    for (const asker of askers) {
      asker.on('message', () => (answers += 1));
      asker.send(QUERY, neighbours.port, '127.0.0.1');
    }
    await vi.waitUntil(() => answers === 5, 25_000);
    // Not to 127.0.0.1: that would reach one of the two instances only.
    askers[0]!.setBroadcast(true);
    askers[0]!.send('RKB1 fence', neighbours.port, '127.255.255.255');
    await until('fence');
    expect(answers).toBe(5);
    now.mockReturnValue(1_001_000);
    askers[0]!.send(QUERY, neighbours.port, '127.0.0.1');
    await vi.waitUntil(() => answers === 6, 25_000);
  });
});

describe('what is heard', () => {
  test('that is foreign is handed on to be counted, and logged by nobody', async () => {
    const { until } = await listenForBeacons();
    const other = await foreignSocket();
    // WS-Discovery, which surveillance cameras multicast to a neighbouring port.
    const xml = `<?xml version="1.0"?><s:Envelope>${'x'.repeat(900)}</s:Envelope>`;
    for (let n = 0; n < 50; n += 1) other.send(xml, neighbours.port, '127.0.0.1');
    other.send(Buffer.alloc(0), neighbours.port, '127.0.0.1');
    await until('Envelope');
    await neighbours.start().announce(source());
    await until('RKB1 a');
    expect(neighbours.logger.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('comes from the machine itself also by its own networks', async () => {
    const hosts = new Set<string>();
    await neighbours.start().discover(({ host }) => hosts.add(host));
    await neighbours.start().announce(source());
    await vi.waitUntil(() => hosts.has('127.0.0.1'), 25_000);
  });
});

describe('the port', () => {
  test('that another program has and does not share is an error that says what to do', async () => {
    await foreignSocket('0.0.0.0', neighbours.port);
    const failure = neighbours.start().discover(() => undefined);
    await expect(failure).rejects.toMatchObject({
      code: 'RK_DISCOVERY_FAILED',
      plugin: '@roomkey/discovery-udp',
      message: expect.stringContaining(`UDP port ${neighbours.port}`) as string,
    });
    await expect(neighbours.start().announce(source())).rejects.toBeInstanceOf(RoomkeyError);
  });

  test.each(['stop', 'close', 'abort', 'failure'])('is free again after %s', async (how) => {
    const instance = neighbours.start();
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
    await foreignSocket('0.0.0.0', neighbours.port);
  });

  test('is not taken again by what begins after the end', async () => {
    const instance = neighbours.start();
    const late = instance.announce(source());
    await instance.close();
    await expect(late).rejects.toMatchObject({ code: 'RK_CLOSED' });
    await expect(instance.discover(() => undefined)).rejects.toMatchObject({ code: 'RK_CLOSED' });
  });
});

describe('announcing', () => {
  test('goes on past a beacon that cannot be made', async () => {
    const { until } = await listenForBeacons();
    const next = source();
    const announcement = await neighbours.start().announce(next);
    next.next.mockImplementationOnce(() => {
      throw new Error('no beacon this time');
    });
    announcement.update();
    expect(neighbours.logger.lines.map(({ level }) => level)).toContain('error');
    announcement.update();
    const last = next.next.mock.results.at(-1)?.value as Uint8Array;
    await until(new TextDecoder().decode(last).trim());
  });
});

describe('while the farewell is on its way', () => {
  test('nobody is told that the room is live', async () => {
    const next = source();
    let sent: (delivered: boolean) => void = () => undefined;
    const announcement = new UdpAnnouncement({
      source: next,
      intervalMs: 3_600_000,
      logger: neighbours.logger,
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
  test('has the settings of the protocol where none are given', async () => {
    const result = await plugin.configSchema['~standard'].validate({});
    expect(result).toEqual({ value: { port: 37_020, intervalMs: 2_000 } });
    for (const wrong of [{ port: 0 }, { intervalMs: 7_000 }, { prot: 1 }]) {
      expect(await plugin.configSchema['~standard'].validate(wrong)).toHaveProperty('issues');
    }
  });

  test('says farewell when the app stops', async () => {
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
    const config = { port: neighbours.port, intervalMs: 2_000 };
    const discovery = await plugin.create(context, config);
    await discovery.announce(source('app'));
    for (const cleanUp of cleanUps) await cleanUp();
    await until('true');
  });
});
