import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { transition } from '../../src/call/state.js';
import type { LetIn } from '../../src/call/lobby.js';
import type { Cipher } from '../../src/contracts/cipher.js';
import { CloseCode, RecordType } from '../../src/secure/records.js';
import { deferred } from '../../src/util/deferred.js';
import { encodeControl } from '../../src/wire/control.js';
import { testCipher } from '../secure/aes-gcm.js';
import { sendUnit } from '../streams/mux-pair.js';
import { delivered, hello, openOf, sessionAndPeer, settled } from './session-and-peer.js';
import {
  hasTransportMode,
  ManualCamera,
  phase,
  testIdentity,
  TestNetwork,
  textOf,
  TrackRecorder,
  type TestIdentity,
} from './test-network.js';

const capture = { width: 320, height: 180, fps: 30, quality: 80 };
const HOST = '10.0.0.1';
const GUEST = '10.0.0.2';
const RECORD_HEADER_BYTES = 16;

/** A cipher that notes what is sealed: the type of each record, and the text of a control message. */
function notingCipher(sealed: string[]): Cipher {
  const cipher = testCipher();
  return {
    suite: cipher.suite,
    name: cipher.name,
    keyLength: cipher.keyLength,
    nonceLength: cipher.nonceLength,
    tagLength: cipher.tagLength,
    key: (raw) => {
      const key = cipher.key(raw);
      return {
        open: (...given) => key.open(...given),
        seal: (nonce, aad, plaintext) => {
          const text = Buffer.concat(plaintext).toString();
          // The handshake seals, too; its aad is no record's header.
          if (aad.length === RECORD_HEADER_BYTES) {
            const control = aad[0] === RecordType.control && (JSON.parse(text) as { type: string });
            sealed.push(control === false ? `type ${aad[0]}` : control.type);
          }
          return key.seal(nonce, aad, plaintext);
        },
      };
    },
  };
}

/** Grace hosts a room without a password, with her camera on. */
async function setup(letIn: LetIn = 'ask') {
  const network = new TestNetwork(await testIdentity('Grace'), 0);
  const sealed: Record<string, string[]> = { [HOST]: [], [GUEST]: [] };
  network.cipherOf = (address) => notingCipher((sealed[address] ??= []));
  const cameras = { host: new ManualCamera(), guest: new ManualCamera() };
  const host = network.hostCall(HOST, cameras.host, undefined, undefined, letIn);
  const notices: Error[] = [];
  host.on('notice', ({ error }) => notices.push(error));
  await host.start();
  await host.camera.start(capture);
  /** A guest whose camera is on, too. */
  const join = async (guest: TestIdentity, address = GUEST, camera = cameras.guest) => {
    const call = network.guestCall(guest, address, { camera });
    await call.camera.start(capture);
    await call.start();
    return call;
  };
  return { network, host, cameras, sealed, notices, join };
}

/** The knock that the host shows first. */
async function firstKnock(host: Call) {
  return await vi.waitFor(() => {
    const [knock] = host.knocks;
    if (knock === undefined) throw new Error('no one knocks');
    return knock;
  });
}

/** Dora is let in, and the host's disk has not written it yet. @param others who wait beside her */
async function whileLettingIn(others: readonly string[] = []) {
  const scene = await setup();
  const { network, host, join } = scene;
  const guest = await join(await testIdentity('Dora'));
  const { id } = await firstKnock(host);
  for (const [index, name] of others.entries()) {
    const other = await join(await testIdentity(name), `10.0.1.${index}`, new ManualCamera());
    await phase(other, 'knocking');
  }
  const writing = deferred<undefined>();
  vi.spyOn(network.host.people, 'remember').mockReturnValue(writing.promise);
  return { ...scene, guest, lettingIn: host.letIn(id), written: () => writing.resolve(undefined) };
}

async function failure(call: Call): Promise<unknown> {
  const { end } = await phase(call, 'ended');
  return end.kind === 'failed' ? end.error : end.kind;
}

describe('a room whose owner lets people in', () => {
  it('sends a guest nothing but hello before, and all after', async () => {
    const { host, cameras, sealed, join } = await setup();
    const dora = await testIdentity('Dora');
    const guest = await join(dora);
    const records = { host: new TrackRecorder(host), guest: new TrackRecorder(guest) };
    expect(await phase(guest, 'knocking')).toEqual({ phase: 'knocking', name: 'Grace' });
    expect(await firstKnock(host)).toMatchObject({
      name: 'Dora',
      known: 'new',
      identity: dora.identity.publicKey,
    });
    for (const text of ['1', '2', '3']) {
      cameras.host.capture(text);
      cameras.guest.capture(text);
      await settled();
    }
    expect(host.state.phase).toBe('waiting');
    expect(sealed).toEqual({ [HOST]: ['hello'], [GUEST]: ['hello'] });
    expect(host.statistics.sent.camera.sent + guest.statistics.sent.camera.sent).toBe(0);

    await host.letIn((await firstKnock(host)).id);
    await Promise.all([
      phase(host, 'live', hasTransportMode),
      phase(guest, 'live', hasTransportMode),
    ]);
    await delivered(() => host.tracks.size + guest.tracks.size === 2);
    expect(sealed[HOST]?.slice(0, 2)).toEqual(['hello', 'admit']);
    expect(host.knocks).toEqual([]);
    cameras.host.capture('after');
    cameras.guest.capture('after');
    expect(textOf(await records.guest.next())).toBe('after');
    expect(textOf(await records.host.next())).toBe('after');
  });

  it('remembers a guest only once it is let in', async () => {
    const { network, host, join } = await setup();
    const dora = await testIdentity('Dora');
    const named = { name: 'Dora', identity: dora.identity.publicKey };
    const guest = await join(dora);
    const { id } = await firstKnock(host);
    expect(await network.host.people.check(named)).toBe('new');
    expect(
      await dora.people.check({ name: 'Grace', identity: network.host.identity.publicKey }),
    ).toBe('new');
    await host.letIn(id);
    await phase(guest, 'live');
    expect(await network.host.people.check(named)).toBe('same');
  });

  it('tells a guest who is declined, and does not ask for it again', async () => {
    const { host, sealed, join } = await setup();
    const dora = await testIdentity('Dora');
    const guest = await join(dora);
    await phase(guest, 'knocking');
    await host.decline((await firstKnock(host)).id);
    expect(await failure(guest)).toMatchObject({
      code: 'RK_ROOM_DECLINED',
      message: 'Grace didn’t let you in.',
    });
    const knocks: number[] = [];
    host.on('knocks', (list) => knocks.push(list.length));
    const again = await join(dora, '10.0.0.3');
    expect(await failure(again)).toMatchObject({ code: 'RK_ROOM_DECLINED' });
    expect(knocks).toEqual([]);
    // A guest that is held gets a close, and not even a hello.
    const types = sealed[HOST]!;
    expect(types).toEqual(['hello', `type ${RecordType.close}`, `type ${RecordType.close}`]);
  });

  it('does not ask again for a guest who was let in and comes back', async () => {
    const { network, host, join } = await setup();
    const dora = await testIdentity('Dora');
    const guest = await join(dora);
    await host.letIn((await firstKnock(host)).id);
    await phase(guest, 'live');
    const states: string[] = [];
    guest.on('state', ({ phase: now }) => states.push(now));
    expect(network.memory.cut()).toBeGreaterThan(0);
    await phase(guest, 'searching');
    network.clock.advance(2_000);
    await phase(guest, 'live');
    expect(host.knocks).toEqual([]);
    expect(states).not.toContain('knocking');
  });

  it('takes a knock back when its guest leaves, and lets no one in for it', async () => {
    const { host, join } = await setup();
    const guest = await join(await testIdentity('Dora'));
    const { id } = await firstKnock(host);
    await guest.leave();
    await vi.waitFor(() => expect(host.knocks).toEqual([]));
    await host.letIn(id);
    expect(host.state.phase).toBe('waiting');
  });

  it('lets no one in who leaves in that moment', async () => {
    const { host, join, guest, lettingIn, written } = await whileLettingIn();
    await guest.leave();
    await settled();
    written();
    await lettingIn;
    expect(host.state).toEqual({ phase: 'waiting' });
    // The place is free again.
    await phase(await join(await testIdentity('Eve'), '10.0.0.3', new ManualCamera()), 'knocking');
  });

  it('goes on to ask about the others where a guest leaves while it is let in', async () => {
    const { host, guest, lettingIn, written } = await whileLettingIn(['Eve']);
    const asked: string[][] = [];
    host.on('knocks', (knocks) => asked.push(knocks.map(({ name }) => name)));
    await guest.leave();
    await settled();
    expect(asked).toEqual([]);
    written();
    await lettingIn;
    expect(asked).toEqual([['Eve']]);
  });

  it('keeps no place for those who wait: the others find it full once one is in', async () => {
    const { host, join, network } = await setup();
    const people = await Promise.all(['Dora', 'Eve', 'Finn'].map(testIdentity));
    const [dora, eve, finn] = await Promise.all(
      people.map((one, index) => join(one, `10.0.1.${index}`, new ManualCamera())),
    );
    await vi.waitFor(() => expect(host.knocks).toHaveLength(3));
    expect(network.fullUpdates).toEqual([]);
    const ids = new Map(host.knocks.map(({ name, id }) => [name, id]));
    await host.letIn(ids.get('Eve')!);
    await phase(eve!, 'live');
    for (const other of [dora, finn]) {
      expect(await failure(other!)).toMatchObject({ code: 'RK_ROOM_FULL' });
    }
    expect(host.knocks).toEqual([]);
    expect(host.state).toMatchObject({ participants: [{ name: 'Eve' }] });
  });

  it('turns a fifth knock away, and says so', async () => {
    const { host, join } = await setup();
    const people = await Promise.all(['A', 'B', 'C', 'D', 'E'].map(testIdentity));
    for (const [index, one] of people.slice(0, 4).entries()) {
      await phase(await join(one, `10.0.1.${index}`, new ManualCamera()), 'knocking');
    }
    const fifth = await join(people[4]!, '10.0.1.9', new ManualCamera());
    expect(await failure(fifth)).toMatchObject({
      code: 'RK_ROOM_FULL',
      message: 'You can’t ask to join right now. Try again in a minute.',
    });
    expect(host.knocks).toHaveLength(4);
  });

  it('refuses a changed identity before it can knock', async () => {
    const { network, host, notices, join } = await setup();
    const before = await testIdentity('Dora');
    await network.host.people.remember({ name: 'Dora', identity: before.identity.publicKey });
    const guest = await join(await testIdentity('Dora'));
    await phase(
      guest,
      'searching',
      (state) => 'lastPartner' in state && state.lastPartner.kind === 'unaccepted',
    );
    expect(host.knocks).toEqual([]);
    expect(notices).toMatchObject([{ code: 'RK_IDENTITY_MISMATCH' }]);
  });

  it('that lets in people met before declines all others, with a notice', async () => {
    const { network, host, notices, sealed, join } = await setup('known');
    const dora = await testIdentity('Dora');
    expect(await failure(await join(dora))).toMatchObject({ code: 'RK_ROOM_DECLINED' });
    expect(notices).toMatchObject([
      {
        code: 'RK_ROOM_DECLINED',
        message: 'Dora tried to join. Only people you’ve met are let in.',
      },
    ]);
    expect(sealed[HOST]).toEqual([`type ${RecordType.close}`]);
    await network.host.people.remember({ name: 'Dora', identity: dora.identity.publicKey });
    const guest = await join(dora, '10.0.0.3', new ManualCamera());
    // The guest is told that no one may be looking there; no one asked the host.
    await phase(guest, 'live', ({ participants: [grace] }) => grace.unattended === true);
    const { participants } = await phase(host, 'live');
    expect(participants[0]).not.toHaveProperty('unattended');
  });

  it('is told to be unattended once, also where the hello comes after the route', () => {
    const [name, identity] = ['Grace', new Uint8Array(32)];
    const grace = { name, identity, known: 'new', words: [], cipher: 'AES-256-GCM' } as const;
    const live = transition(
      { phase: 'live', participants: [{ ...grace, connections: 2 }] },
      { type: 'unattended' },
    );
    expect(live).toEqual({
      phase: 'live',
      participants: [{ ...grace, connections: 2, unattended: true }],
    });
    expect(transition(live, { type: 'unattended' })).toBe(live);
  });

  it('is attended where people are asked about or know the password', async () => {
    const { join } = await setup('anyone');
    const guest = await join(await testIdentity('Dora'));
    const { participants } = await phase(guest, 'live', hasTransportMode);
    expect(participants[0]).not.toHaveProperty('unattended');
  });

  it('ends the wait of all when the call ends', async () => {
    const { host, join } = await setup();
    const guest = await join(await testIdentity('Dora'));
    await phase(guest, 'knocking');
    await host.leave({ roomClosed: true });
    expect(await failure(guest)).toBe('room-closed');
  });
});

describe('a session whose guest waits', () => {
  it.each([
    ['data', RecordType.data, 1, new Uint8Array(20)],
    ['an acknowledgement', RecordType.acknowledgement, 2, new Uint8Array(20)],
    ['an open', RecordType.control, 0, encodeControl(openOf(1))],
    ['an unknown type', RecordType.control, 0, Buffer.from('{"type":"dance"}')],
    ['a route', RecordType.route, 0, Uint8Array.of(1)],
    ['an admit', RecordType.control, 0, encodeControl({ type: 'admit' })],
  ] as const)('is cut at the host by %s after the hello', async (_, type, stream, body) => {
    const { far, calls, ended, sendHello } = await sessionAndPeer('host', { isWaiting: true });
    await sendHello();
    expect(far.descriptions).toEqual(['hello']);
    far.send({ type, stream }, body);
    expect(await ended).toMatchObject({
      kind: 'invalid',
      closeSent: { code: CloseCode.protocolError },
    });
    expect(calls).toEqual(['over']);
  });

  it('is cut by what came with the handshake, as by what comes later', async () => {
    const { far, calls, ended } = await sessionAndPeer('host', {
      isWaiting: true,
      beforeStart: async (early) => {
        early.control(hello);
        early.control(openOf(1));
        early.unit(1, 0);
        await settled();
      },
    });
    expect(await ended).toMatchObject({ kind: 'invalid' });
    expect(calls).toEqual(['over']);
    expect(far.descriptions).not.toContain('accept 1');
  });

  it('is told the call’s own reason where it ends while a guest is let in', async () => {
    const { host, guest, lettingIn, written } = await whileLettingIn();
    await settled();
    const leaving = host.leave({ roomClosed: true });
    written();
    await Promise.all([lettingIn, leaving]);
    expect(await failure(guest)).toBe('room-closed');
  });

  it('stays while both only ping, and opens streams once it is admitted', async () => {
    const { session, far, network, calls, ended, open, sendHello } = await sessionAndPeer('host', {
      isWaiting: true,
    });
    await sendHello();
    far.send(RecordType.ping);
    await settled();
    expect(calls).toEqual([]);
    session.admit();
    network.block();
    await session.openReverseConnection(network.machine('10.0.0.2'), new AbortController().signal);
    expect(calls).toEqual(['route 1', 'ready']);
    open();
    far.control(openOf(1));
    await delivered(() => far.descriptions.includes('accept 1'));
    expect(far.descriptions).toEqual(['hello', 'admit', 'route', 'open 2', 'accept 1']);
    far.send(RecordType.close, new Uint8Array(4));
    expect(await ended).toMatchObject({ kind: 'closed' });
  });

  it('tells the guest that it waits, and sends its hello and nothing else', async () => {
    const { far, calls, hellos } = await sessionAndPeer('guest');
    far.control({ ...hello, waiting: true });
    await delivered(() => far.descriptions.includes('hello'));
    await settled();
    expect(calls).toEqual(['waiting']);
    expect(hellos).toEqual([]);
    far.control({ type: 'admit' });
    await settled();
    expect(calls).toEqual(['waiting', 'let in', 'ready']);
    expect(far.descriptions).toEqual(['hello']);
  });

  it.each([
    ['data', RecordType.data, 2, new Uint8Array(20)],
    ['an open', RecordType.control, 0, encodeControl(openOf(2))],
    ['a route', RecordType.route, 0, Uint8Array.of(1)],
  ] as const)('is cut at the guest by %s before the admit', async (_, type, stream, body) => {
    const { far, calls, ended } = await sessionAndPeer('guest');
    far.control({ ...hello, waiting: true });
    far.send({ type, stream }, body);
    expect(await ended).toMatchObject({
      kind: 'invalid',
      closeSent: { code: CloseCode.protocolError },
    });
    expect(calls).toEqual(['waiting', 'over']);
  });

  it('is admitted by connection 2 as well, whichever comes first', async () => {
    const { far, calls, bindReverseConnection, open } = await sessionAndPeer('guest');
    far.control({ ...hello, waiting: true });
    await settled();
    const second = await bindReverseConnection();
    await delivered(() => calls.includes('ready'));
    expect(calls).toEqual(['waiting', 'let in', 'ready', 'route 2', 'ready for sound']);
    far.control({ type: 'admit' });
    const { stream, log } = open();
    await delivered(() => far.descriptions.includes('open 1'));
    far.control({ type: 'accept', stream: 1, limit: 8 });
    await delivered(() => log.includes('ready'));
    sendUnit(stream, 1);
    await delivered(() => far.descriptions.includes('data 1'));
    expect(second.records).toEqual([]);
  });
});
