import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Call } from '../core/src/call/call.js';
import type { CallRole } from '../core/src/call/call-types.js';
import { GuessLimit } from '../core/src/call/guess-limit.js';
import type { CallNotice } from '../core/src/call/notices.js';
import type { CallState } from '../core/src/call/state.js';
import type { Transport } from '../core/src/contracts/transport.js';
import { MessageType } from '../core/src/secure/handshake-messages.js';
import { RecordType } from '../core/src/secure/records.js';
import { createRoomParameters, roomId } from '../core/src/secure/room-parameters.js';
import { toHex } from '../core/src/secure/bytes.js';
import { systemClock } from '../core/src/util/clock.js';
import { ManualAudio } from '../core/test/call/manual-audio.js';
import {
  ManualCamera,
  ManualLocator,
  next,
  phase,
  hasTransportMode,
  testIdentity,
  type TestIdentity,
} from '../core/test/call/test-network.js';
import { testCipher } from '../core/test/secure/aes-gcm.js';
import { createTransport } from '../plugins/transport-tcp/test/support.js';

/** Changes one message, with its length, on its way. */
type Change = (message: Buffer) => readonly Buffer[] | 'reset' | 'ended';
type Direction = 'to the host' | 'to the guest';

const FIRST_RECORD_TYPE = 32;
const silent = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };
const stopped = {
  code: 'RK_RECORD_INVALID',
  message: 'Someone on the network may be changing data. The call was stopped.',
};

const flipped: Change = (message) => {
  const changed = Buffer.from(message);
  changed[message.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return [changed];
};
const cuts: readonly (readonly [name: string, change: Change])[] = [
  ['an injected reset', () => 'reset'],
  // Half of it, and then a regular end of the TCP connection.
  ['a record that is cut off', () => 'ended'],
];

const changes: Record<string, Change> = {
  'a flipped bit': flipped,
  'a repeated record': (record) => [record, record],
  'a dropped record': () => [],
  'a changed length': (record) => {
    const changed = Buffer.from(record);
    changed[0] = 0xff;
    return [changed];
  },
};

/** The messages that the relay changes. */
interface Plan {
  readonly of: Direction;
  readonly change: Change;
  /** The type of the messages; absent: records of all types. */
  readonly type?: number;
  /** Whether it changes each of them, not only the first. */
  readonly each?: true;
}

/** A relay between the two, for both connections, which changes messages after `arm`. */
class Relay {
  readonly #plan: Plan;
  readonly #sockets = new Set<Socket>();
  #isArmed = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    onTestFinished(() => {
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  arm(): void {
    this.#isArmed = true;
  }

  /** @returns the port that forwards to `target` */
  async listen(target: number, into: Direction): Promise<number> {
    const server = createServer((caller) => {
      const callee = connect({ host: '127.0.0.1', port: target });
      const back: Direction = into === 'to the host' ? 'to the guest' : 'to the host';
      this.#join(caller, callee, into);
      this.#join(callee, caller, back);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  #join(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('end', () => to.end());
    let held = Buffer.alloc(0);
    from.on('data', (data: Buffer) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
        const message = held.subarray(0, 4 + held.readUInt32BE());
        held = held.subarray(message.length);
        const passed = this.#passed(message, direction);
        if (passed === 'reset') {
          for (const socket of [from, to]) socket.resetAndDestroy();
        } else if (passed === 'ended') {
          to.end(message.subarray(0, message.length >> 1));
          from.removeAllListeners('data').resume();
          return;
        } else if (!to.writableEnded) for (const one of passed) to.write(one);
      }
    });
  }

  #passed(message: Buffer, direction: Direction): ReturnType<Change> {
    const { of, change, type, each } = this.#plan;
    const itsType = message[4] ?? 0;
    const isMeant = type === undefined ? itsType >= FIRST_RECORD_TYPE : itsType === type;
    if (!this.#isArmed || !isMeant || direction !== of) return [message];
    this.#isArmed = each === true;
    return change(message);
  }
}

/** A call over TCP, whose connections go through the relay. */
async function callThrough(relay: Relay, options: { readonly canDialBack: boolean }) {
  const [grace, ada] = [await testIdentity('Grace'), await testIdentity('Ada')];
  const parameters = createRoomParameters(grace.identity.publicKey, 0);
  const locator = new ManualLocator();
  const camera = new ManualCamera();
  const publisher = {
    publish: (port: number) => {
      locator.set({ host: '127.0.0.1', port });
      return Promise.resolve({ setFull: () => undefined, stop: () => Promise.resolve() });
    },
  };
  const open = ({ name, identity, people }: TestIdentity, role: CallRole): Call => {
    const id = toHex(roomId(parameters));
    const account = { name, identity };
    const room = { id, name: 'lab', owner: grace.name, parameters, account };
    const tcp = createTransport();
    const transport: Transport = {
      dial: (address, how) => tcp.dial(address, how),
      listen: async (how) => {
        const listener = await tcp.listen(how);
        const into = role.kind === 'host' ? 'to the host' : 'to the guest';
        const isDialed = role.kind === 'host' || options.canDialBack;
        const port = isDialed ? await relay.listen(listener.port, into) : 0;
        return { port, close: () => listener.close() };
      },
    };
    const call = new Call(room, role, {
      ...{
        transport,
        cipher: testCipher(),
        camera,
        audio: new ManualAudio(),
        codecs: ['jpeg'],
        people,
        logger: silent,
        clock: systemClock,
      },
    });
    onTestFinished(() => call.leave());
    return call;
  };
  const host = open(grace, { kind: 'host', publisher, letIn: 'anyone' });
  const guest = open(ada, { kind: 'guest', locator, guesses: new GuessLimit() });
  const notices: CallNotice[] = [];
  for (const call of [host, guest]) call.on('notice', (notice) => notices.push(notice));
  await host.start();
  await guest.start();
  return { host, guest, notices };
}

async function liveThrough(relay: Relay, connections: 1 | 2 = 2) {
  const call = await callThrough(relay, { canDialBack: connections === 2 });
  const settled = await Promise.all(
    [call.host, call.guest].map((one) => phase(one, 'live', hasTransportMode)),
  );
  const live = { participants: [{ connections }] };
  expect(settled).toMatchObject([live, live]);
  return call;
}

const directions = ['to the host', 'to the guest'] as const;
const cases = directions.flatMap((direction) =>
  Object.keys(changes).map((name) => [name, direction] as const),
);

describe('data that is changed on the network', () => {
  it.each(cases)('stops the call and informs both sides: %s %s', async (name, direction) => {
    const change = changes[name];
    if (change === undefined) throw new Error('no such change');
    const relay = new Relay({ of: direction, change });
    const { host, guest } = await liveThrough(relay);
    const notice = next(host, 'notice');
    relay.arm();
    expect(await phase(guest, 'ended')).toMatchObject({ end: { kind: 'failed', error: stopped } });
    expect(await notice).toMatchObject({ topic: 'refused', error: stopped });
    expect(await phase(host, 'waiting')).toMatchObject({ lastPartner: { name: 'Ada' } });
  });

  it('stops the call and informs both sides: a changed route', async () => {
    const relay = new Relay({ of: 'to the guest', change: flipped, type: RecordType.route });
    relay.arm();
    const { host, guest } = await callThrough(relay, { canDialBack: false });
    const notice = next(host, 'notice');
    expect(await phase(guest, 'ended')).toMatchObject({ end: { kind: 'failed', error: stopped } });
    expect(await notice).toMatchObject({ topic: 'refused', error: stopped });
  });

  it('is reported to the guest if the host leaves: a changed close', async () => {
    const relay = new Relay({
      ...{ of: 'to the guest', change: flipped, type: RecordType.close, each: true },
    });
    const { host, guest } = await liveThrough(relay);
    relay.arm();
    await host.leave();
    expect(await phase(guest, 'ended')).toMatchObject({ end: { kind: 'failed', error: stopped } });
    expect(host.state).toMatchObject({ end: { kind: 'left' } });
  });

  it('is reported to the host if the guest leaves: a changed close', async () => {
    const relay = new Relay({
      ...{ of: 'to the host', change: flipped, type: RecordType.close, each: true },
    });
    const { host, guest } = await liveThrough(relay);
    const notice = next(host, 'notice');
    relay.arm();
    await guest.leave();
    expect(await notice).toMatchObject({ topic: 'refused', error: stopped });
    expect(await phase(host, 'waiting')).toMatchObject({
      lastPartner: { name: 'Ada', kind: 'lost' },
    });
    expect(guest.state).toMatchObject({ end: { kind: 'left' } });
  });

  it.each([
    ['attach', MessageType.bindRequest, 'to the guest'],
    ['answer to the attach', MessageType.bindResponse, 'to the host'],
  ] as const)('keeps connection 2 from being made, and no one out: a changed %s', async (...of) => {
    const [, type, direction] = of;
    const relay = new Relay({ of: direction, change: flipped, type });
    relay.arm();
    const { host, guest, notices } = await callThrough(relay, { canDialBack: true });
    const byOne = ({ participants: [one] }: Extract<CallState, { phase: 'live' }>): boolean =>
      one.connections === 1;
    await Promise.all([phase(host, 'live', byOne), phase(guest, 'live', byOne)]);
    expect(notices).toEqual([]);
  });
});

describe('a guest whose connection is cut on the network comes back', () => {
  it.each(
    directions.flatMap((direction) =>
      cuts.map(([name, change]) => [name, direction, change] as const),
    ),
  )('%s, %s', async (_name, of, change) => {
    const relay = new Relay({ of, change });
    const { host, guest, notices } = await liveThrough(relay);
    const lost = Promise.all([phase(host, 'waiting'), phase(guest, 'searching')]);
    relay.arm();
    expect(await lost).toMatchObject([
      { lastPartner: { name: 'Ada', kind: 'lost' } },
      { lastPartner: { name: 'Grace', kind: 'lost' } },
    ]);
    await Promise.all([
      phase(host, 'live', hasTransportMode),
      phase(guest, 'live', hasTransportMode),
    ]);
    expect(notices).toEqual([]);
  });

  it('a close that is dropped', async () => {
    const relay = new Relay({
      ...{ of: 'to the host', change: () => [], type: RecordType.close, each: true },
    });
    const { host, guest, notices } = await liveThrough(relay);
    relay.arm();
    await guest.leave();
    expect(await phase(host, 'waiting')).toMatchObject({
      lastPartner: { name: 'Ada', kind: 'lost' },
    });
    expect(notices).toEqual([]);
  });
});
