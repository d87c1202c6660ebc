import { describe, expect, it, test } from 'vitest';
import type { Connection, MessageReceiver, Transport } from '@roomkey/core';
import { MemoryNetwork, transportConformance } from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';

const HOST = '192.0.2.1';

describe('MemoryNetwork', () => {
  transportConformance(
    { describe, test },
    { create: () => new MemoryNetwork().machine(HOST), hosts: [HOST] },
  );
});

/** A transport whose connections have one fault. */
function faulty(change: (connection: Connection) => Partial<Connection>): Transport {
  const wrap = (connection: Connection): Connection => {
    const good: Connection = {
      remote: connection.remote,
      get bytesReceived() {
        return connection.bytesReceived;
      },
      receive: (receiver) => connection.receive(receiver),
      send: (parts) => connection.send(parts),
      drained: (options) => connection.drained(options),
      setMaxMessageBytes: (limit) => connection.setMaxMessageBytes(limit),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      close: () => connection.close(),
      abort: () => connection.abort(),
    };
    return Object.defineProperties(good, Object.getOwnPropertyDescriptors(change(connection)));
  };
  const transport = new MemoryNetwork().machine(HOST);
  return {
    listen: ({ onConnection, ...options }) =>
      transport.listen({
        ...options,
        onConnection: (connection) => onConnection(wrap(connection)),
      }),
    dial: async (address, options) => wrap(await transport.dial(address, options)),
  };
}

/** Connections that change what their receiver is told. */
function telling(change: (receiver: MessageReceiver) => Partial<MessageReceiver>): Transport {
  return faulty((connection) => ({
    receive: (receiver) => {
      const good: MessageReceiver = {
        onMessage: (message) => receiver.onMessage(message),
        onEnd: (reason) => receiver.onEnd(reason),
      };
      connection.receive({ ...good, ...change(receiver) });
    },
  }));
}

describe('the conformance kit notices a transport that', () => {
  const faults: Record<string, readonly [Transport, string]> = {
    'ignores the limit': [
      faulty((connection) => {
        connection.setMaxMessageBytes(2 ** 32 - 1);
        return { setMaxMessageBytes: () => undefined };
      }),
      'cuts both ends at one byte above the limit',
    ],
    'takes more than the first limit': [
      faulty((connection) => {
        connection.setMaxMessageBytes(512);
        return {};
      }),
      'limits messages to 1,024 bytes at first, and to the set limit later',
    ],
    'never asks the sender to wait': [
      faulty((connection) => ({ send: (parts) => (connection.send(parts), true) })),
      'makes the sender wait for a slow receiver',
    ],
    'does not pause': [
      faulty(() => ({ pause: () => undefined })),
      'delivers nothing while paused, not even messages already read',
    ],
    'delivers all that it has read in one go': [
      telling((receiver) => {
        let held: Uint8Array[] = [];
        return {
          onMessage: (message) => {
            held.push(Uint8Array.from(message));
            if (held.length < 20_000) return;
            for (const one of held) receiver.onMessage(one);
            held = [];
          },
        };
      }),
      'yields to the event loop during a flood of tiny messages',
    ],
    'counts whole messages only': [
      faulty((connection) => {
        let whole = 0;
        return {
          receive: (receiver) =>
            connection.receive({
              onMessage: (message) => {
                whole += message.length;
                receiver.onMessage(message);
              },
              onEnd: (reason) => receiver.onEnd(reason),
            }),
          get bytesReceived() {
            return whole;
          },
        };
      }),
      'counts the bytes of an incomplete message',
    ],
    'forgets all parts but the first': [
      faulty((connection) => ({ send: (parts) => connection.send(parts.slice(0, 1)) })),
      'joins the parts of a message',
    ],
    'gives one message as two': [
      telling((receiver) => ({
        onMessage: (message) => {
          receiver.onMessage(message.subarray(0, 1));
          receiver.onMessage(message.subarray(1));
        },
      })),
      'keeps every message whole and in order',
    ],
    'tells the end twice': [
      telling((receiver) => ({
        onEnd: (reason) => {
          receiver.onEnd(reason);
          receiver.onEnd(reason);
        },
      })),
      'reports a close to both ends, once, without a reason',
    ],
    'loses what it has not sent when it is closed': [
      faulty((connection) => {
        let waiting: readonly Uint8Array[] | undefined;
        return {
          send: (parts) => {
            if (waiting !== undefined) connection.send(waiting);
            waiting = parts;
            return true;
          },
        };
      }),
      'flushes sent messages on close',
    ],
    'closes when it is aborted': [
      faulty((connection) => ({ abort: () => void connection.close() })),
      'cuts on abort, which the other side can tell from a close',
    ],
    'delivers after a close': [
      faulty((connection) => ({
        close: () => new Promise((resolve) => setImmediate(() => resolve(connection.close()))),
      })),
      'delivers nothing after its own close',
    ],
    'swallows the faults of a receiver': [
      telling((receiver) => ({
        onMessage: (message) => {
          try {
            receiver.onMessage(message);
          } catch {
            // as if nothing had happened
          }
        },
      })),
      'cuts only the connection whose receiver throws',
    ],
    'accepts a second receiver': [
      faulty((connection) => ({
        receive: (receiver) => {
          try {
            connection.receive(receiver);
          } catch {
            // as if nothing had happened
          }
        },
      })),
      'accepts one receiver only',
    ],
    'goes on waiting after an abort': [
      faulty((connection) => ({ drained: () => connection.drained() })),
      'drains at once when empty, and otherwise waits, abortable by a signal',
    ],
    'dials without looking at the signal': [
      (() => {
        const transport = faulty(() => ({}));
        return { ...transport, dial: (address) => transport.dial(address) };
      })(),
      'obeys an already aborted signal',
    ],
  };
  for (const [name, [transport, expected]] of Object.entries(faults)) {
    it(name, async () => {
      const kit = (runner: Parameters<typeof transportConformance>[0]): void =>
        transportConformance(runner, { create: () => transport, hosts: [HOST], timeoutMs: 2_000 });
      expect(await failingCases(kit, expected)).toEqual([expected]);
    });
  }
});

describe('MemoryNetwork as a test tool', () => {
  async function joined() {
    const network = new MemoryNetwork();
    const [host, guest] = [network.machine(HOST), network.machine('192.0.2.2')];
    const heard: string[] = [];
    let wake: (() => void) | undefined;
    const listener = await host.listen({
      onConnection: (connection) =>
        connection.receive({
          onMessage: (message) => {
            heard.push(Buffer.from(message).toString());
            wake?.();
          },
          onEnd: (reason) => {
            heard.push(reason === undefined ? 'end' : 'broken');
            wake?.();
          },
        }),
    });
    const connection = await guest.dial({ host: HOST, port: listener.port });
    const until = async (count: number) => {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    return { network, guest, connection, heard, until, port: listener.port };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('cuts connections', async () => {
    const { network, heard, until } = await joined();
    expect(network.cut((from) => from === '198.51.100.1')).toBe(0);
    expect(network.cut((from, to) => from === '192.0.2.2' && to.host === HOST)).toBe(1);
    await until(1);
    expect(heard).toEqual(['broken']);
    expect(network.size).toBe(0);
  });

  it('blocks dials until the filter is removed, and leaves existing connections open', async () => {
    const { network, guest, connection, heard, until, port } = await joined();
    const unblock = network.block((_, to) => to.port === port);
    await expect(guest.dial({ host: HOST, port })).rejects.toMatchObject({
      code: 'RK_TRANSPORT_UNREACHABLE',
    });
    connection.send([Buffer.from('still there')]);
    await until(1);
    expect(heard).toEqual(['still there']);
    unblock();
    await guest.dial({ host: HOST, port });
  });

  it('holds messages and ends until released', async () => {
    const { network, connection, heard, until } = await joined();
    const release = network.hold();
    connection.send([Buffer.from('late')]);
    const closed = connection.close();
    for (let i = 0; i < 20; i += 1) await turn();
    expect(heard).toEqual([]);
    release();
    release();
    await until(2);
    expect(heard).toEqual(['late', 'end']);
    await closed;
  });

  it('overwrites delivered buffers, and reads sent parts only on delivery', async () => {
    const { connection, heard, until } = await joined();
    const bytes = Buffer.from('first');
    connection.send([bytes]);
    bytes.write('other');
    await until(1);
    expect(heard).toEqual(['other']);
  });
});
