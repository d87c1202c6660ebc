import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Call } from '../core/src/call/call.js';
import type { CallRole } from '../core/src/call/call-types.js';
import { GuessLimit } from '../core/src/call/guess-limit.js';
import { createRoomParameters, roomId } from '../core/src/secure/room-parameters.js';
import { toHex } from '../core/src/secure/bytes.js';
import {
  ManualCamera,
  ManualDirectory,
  next,
  phase,
  routed,
  someone,
  type Someone,
} from '../core/test/call/two-people.js';
import { testCipher } from '../core/test/secure/aes-gcm.js';
import { createTransport } from '../plugins/transport-tcp/test/support.js';

/** What becomes of one record on its way. */
type Change = (record: Buffer) => readonly Buffer[];
type Direction = 'to the host' | 'to the guest';

const FIRST_RECORD_TYPE = 32;
const silent = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };

const changes: Record<string, Change> = {
  'a flipped bit': (record) => {
    const changed = Buffer.from(record);
    changed[record.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    return [changed];
  },
  'a repeated record': (record) => [record, record],
  'a changed length': (record) => {
    const changed = Buffer.from(record);
    changed[0] = 0xff;
    return [changed];
  },
};

/** Somebody between the two, who changes the first record of a direction once told to. */
class Relay {
  readonly #change: { readonly of: Direction; readonly change: Change };
  #isArmed = false;

  constructor(of: Direction, change: Change) {
    this.#change = { of, change };
  }

  arm(): void {
    this.#isArmed = true;
  }

  async listen(target: number): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((guest) => {
      const host = connect({ host: '127.0.0.1', port: target });
      for (const [from, to, direction] of [
        [guest, host, 'to the host'],
        [host, guest, 'to the guest'],
      ] as const) {
        sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('end', () => to.end());
        let held = Buffer.alloc(0);
        from.on('data', (data: Buffer) => {
          held = Buffer.concat([held, data]);
          while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
            const message = held.subarray(0, 4 + held.readUInt32BE());
            held = held.subarray(message.length);
            for (const one of this.#passed(message, direction)) to.write(one);
          }
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  #passed(message: Buffer, direction: Direction): readonly Buffer[] {
    const isRecord = (message[4] ?? 0) >= FIRST_RECORD_TYPE;
    if (!this.#isArmed || !isRecord || direction !== this.#change.of) return [message];
    this.#isArmed = false;
    return this.#change.change(message);
  }
}

/** A call over TCP, whose first connection goes through the relay. */
async function callThrough(relay: Relay) {
  const [grace, ada] = [await someone('Grace'), await someone('Ada')];
  const parameters = createRoomParameters(grace.identity.publicKey, 0);
  const directory = new ManualDirectory();
  const camera = new ManualCamera();
  const publisher = {
    publish: async (port: number) => {
      directory.set({ host: '127.0.0.1', port: await relay.listen(port) });
      return { setFull: () => undefined, stop: () => Promise.resolve() };
    },
  };
  const open = ({ name, identity, people }: Someone, role: CallRole): Call => {
    const id = toHex(roomId(parameters));
    const account = { name, identity };
    const room = { id, name: 'lab', owner: grace.name, parameters, account };
    const transport = createTransport();
    const call = new Call(room, role, {
      ...{ transport, cipher: testCipher(), camera, codecs: ['jpeg'], people, logger: silent },
    });
    onTestFinished(() => call.leave());
    return call;
  };
  const host = open(grace, { kind: 'host', publisher });
  const guest = open(ada, { kind: 'guest', directory, guesses: new GuessLimit() });
  await host.start();
  await guest.start();
  await Promise.all([phase(host, 'live', routed), phase(guest, 'live', routed)]);
  return { host, guest };
}

const cases = (['to the host', 'to the guest'] as const).flatMap((direction) =>
  Object.keys(changes).map((name) => [name, direction] as const),
);

describe('data that is changed on the network', () => {
  it.each(cases)('stops the call and both are told: %s %s', async (name, direction) => {
    const change = changes[name];
    if (change === undefined) throw new Error('no such change');
    const relay = new Relay(direction, change);
    const { host, guest } = await callThrough(relay);
    const notice = next(host, 'notice');
    relay.arm();
    const says = {
      code: 'RK_RECORD_INVALID',
      message: 'Someone on the network may be changing data. The call was stopped.',
    };
    expect(await phase(guest, 'ended')).toMatchObject({ end: { kind: 'failed', error: says } });
    expect(await notice).toMatchObject({ topic: 'refused', error: says });
    expect(await phase(host, 'waiting')).toMatchObject({ absence: { name: 'Ada' } });
  });
});
