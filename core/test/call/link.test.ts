import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Link, type LinkHandlers } from '../../src/call/link.js';
import { encodeAcknowledgement, encodeFrame, type NumberedFrame } from '../../src/call/media.js';
import { capabilitiesOf } from '../../src/call/codecs.js';
import { MemoryNetwork } from '../../src/conformance/memory-transport.js';
import type { VideoCodec } from '../../src/contracts/camera.js';
import type { Connection } from '../../src/contracts/transport.js';
import { createBindRequest } from '../../src/secure/reverse-connection.js';
import type { ChannelEnd } from '../../src/secure/channel.js';
import { MAX_RECORD_BYTES } from '../../src/secure/channel.js';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import {
  CloseCode,
  decodeClose,
  encodeClose,
  RecordOpener,
  RecordSealer,
  RecordType,
} from '../../src/secure/records.js';
import type { Session } from '../../src/secure/session.js';
import { testCipher } from '../secure/aes-gcm.js';
import { createPeers } from '../secure/peers.js';

const cipher = testCipher();
const frame: NumberedFrame = {
  number: 3,
  frame: { codec: 'jpeg', data: Uint8Array.of(1, 2), width: 4, height: 2, capturedAt: 5 },
};

/** A frame that builds on the one before. */
const delta: NumberedFrame = { number: 4, frame: { ...frame.frame, codec: 'h264', isKey: false } };

function sessions(codecs: readonly VideoCodec[]): { guest: Session; host: Session } {
  const peers = createPeers(0);
  const capabilities = capabilitiesOf(codecs);
  const guestHandshake = new GuestHandshake({ ...peers.guest, capabilities });
  const hostHandshake = new HostHandshake({ ...peers.host, capabilities });
  const f3 = guestHandshake.exchange(hostHandshake.reply(guestHandshake.hello()));
  const { message, session } = hostHandshake.confirm(f3);
  return { guest: guestHandshake.finish(message), host: session };
}

/** Both ends of a connection. */
async function connectionPair(network: MemoryNetwork): Promise<[Connection, Connection]> {
  let accept!: (connection: Connection) => void;
  const incoming = new Promise<Connection>((resolve) => (accept = resolve));
  const listener = await network.machine('10.0.0.1').listen({ onConnection: accept });
  const dialled = await network.machine('10.0.0.2').dial({ host: '10.0.0.1', port: listener.port });
  return [dialled, await incoming];
}

/** A link of our own, and a peer that holds the right keys and sends what it likes. */
async function linkAndPeer(role: 'guest' | 'host', codecs: readonly VideoCodec[] = ['jpeg']) {
  const { guest, host } = sessions(codecs);
  const own = role === 'guest' ? guest : host;
  const peer = role === 'guest' ? host : guest;
  const network = new MemoryNetwork();
  const [near, far] = await connectionPair(network);
  const received: NumberedFrame[] = [];
  const routes: number[] = [];
  const requests: undefined[] = [];
  const told: string[] = [];
  let tellEnd!: (end: ChannelEnd) => void;
  const ended = new Promise<ChannelEnd>((resolve) => (tellEnd = resolve));
  const handlers: LinkHandlers = {
    onLetIn: () => told.push('let in'),
    onFrame: (one) => received.push(one),
    onAcknowledgement: (number) => number < 10,
    onKeyFrameRequest: () => requests.push(undefined),
    onRoute: (connections) => {
      told.push(`route ${connections}`);
      routes.push(connections);
    },
    onEnd: tellEnd,
  };
  const handshakeConnection = new HandshakeConnection(near);
  const link = new Link({ session: own, cipher, handshakeConnection, handlers });
  link.start();
  const records: { type: number; plaintext: Uint8Array }[] = [];
  /** Of a host the first record, by which it lets the guest in. */
  const letIn: typeof records = [];
  const opener = new RecordOpener(cipher, peer.trafficSecret(1, own.role));
  let tellPeerEnd!: (reason: Error | undefined) => void;
  const peerEnded = new Promise<Error | undefined>((resolve) => (tellPeerEnd = resolve));
  far.setMaxMessageBytes(MAX_RECORD_BYTES);
  far.receive({
    onMessage: (message) => {
      const isFirst = role === 'host' && letIn.length === 0;
      (isFirst ? letIn : records).push(opener.open(message));
    },
    onEnd: tellPeerEnd,
  });
  const sealer = new RecordSealer(cipher, peer.trafficSecret(1, peer.role));
  const send = (type: number, ...parts: Uint8Array[]): void =>
    void far.send(sealer.seal(type as RecordType, parts));
  onTestFinished(() => link.close(0, ''));
  return {
    link,
    network,
    near,
    far,
    send,
    received,
    requests,
    routes,
    told,
    records,
    letIn,
    ended,
    peerEnded,
    peer,
  };
}

const invalid = (what: string): unknown =>
  expect.objectContaining({
    kind: 'invalid',
    error: expect.objectContaining({
      code: 'RK_RECORD_INVALID',
      message: expect.stringContaining(what) as string,
    }) as Error,
  });

/** Lets the memory network deliver, which it does in turns of the event loop. */
async function delivered(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(setImmediate);
}

afterEach(() => vi.useRealTimers());

describe('a link', () => {
  it('hands over a frame and then acknowledges it on the same connection', async () => {
    const { send, received, records, ended } = await linkAndPeer('host');
    send(RecordType.frame, ...encodeFrame(frame));
    await delivered(() => records.length > 0);
    send(RecordType.close, encodeClose({ code: 0, reason: 'bye' }));
    expect(await ended).toEqual({ kind: 'closed', code: 0, reason: 'bye' });
    expect(received).toEqual([frame]);
    expect(records).toEqual([
      { type: RecordType.acknowledgement, plaintext: encodeAcknowledgement(3) },
    ]);
  });

  it.each([
    ['guest', 'a frame before the route is settled', RecordType.frame, encodeFrame(frame), 'frame'],
    ['guest', 'a route that is none', RecordType.route, [Uint8Array.of(2)], 'route'],
    ['host', 'a route from the guest', RecordType.route, [Uint8Array.of(1)], 'route'],
    ['host', 'a ping with a body', RecordType.ping, [Uint8Array.of(1)], 'ping'],
    [
      'host',
      'an acknowledgement of what was never sent',
      RecordType.acknowledgement,
      [encodeAcknowledgement(10)],
      'acknowledgement',
    ],
    ['host', 'an unknown record type', 99, [], 'changing data'],
    [
      'host',
      'a frame in a codec of which nothing was said',
      RecordType.frame,
      encodeFrame(delta),
      'codec',
    ],
    ['host', 'a request for a key frame of JPEG', RecordType.keyFrameRequest, [], 'key frame'],
    ['host', 'a malformed frame', RecordType.frame, [new Uint8Array(20)], 'too short'],
    ['host', 'a malformed close record', RecordType.close, [new Uint8Array(3)], 'close record'],
  ] as const)('is cut at the %s by %s', async (role, _what, type, parts, says) => {
    const { send, ended, received, peerEnded } = await linkAndPeer(role);
    send(type, ...parts);
    expect(await ended).toEqual(invalid(says));
    expect(received).toEqual([]);
    await peerEnded;
  });

  it('takes frames in the codecs that were agreed on, and no others', async () => {
    const { send, received, ended } = await linkAndPeer('host', ['h264']);
    send(RecordType.frame, ...encodeFrame(delta));
    await delivered(() => received.length > 0);
    expect(received).toEqual([delta]);
    const vp8 = { ...delta.frame, codec: 'vp8', isKey: true } as const;
    send(RecordType.frame, ...encodeFrame({ number: 5, frame: vp8 }));
    expect(await ended).toEqual(invalid('codec'));
    expect(received).toEqual([delta]);
  });

  it('hands over requests for key frames, and is cut at one with a body', async () => {
    const { send, requests, ended } = await linkAndPeer('guest', ['vp8']);
    send(RecordType.keyFrameRequest);
    send(RecordType.keyFrameRequest, Uint8Array.of(0));
    expect(await ended).toEqual(invalid('key frame'));
    expect(requests).toHaveLength(1);
  });

  it.each(['host', 'guest'] as const)(
    'asks for a key frame where its frames come, and not twice: the %s',
    async (role) => {
      const { link, send, received, records } = await linkAndPeer(role, ['h264']);
      if (role === 'guest') send(RecordType.route, Uint8Array.of(1));
      link.requestKeyFrame();
      send(RecordType.frame, ...encodeFrame(delta));
      await delivered(() => received.length === 1 && records.length === 1);
      link.requestKeyFrame();
      link.requestKeyFrame();
      send(RecordType.frame, ...encodeFrame({ ...delta, number: delta.number + 1 }));
      await delivered(() => received.length === 2 && records.length === 3);
      const { acknowledgement, keyFrameRequest } = RecordType;
      expect(records.map(({ type }) => type)).toEqual([
        ...[acknowledgement, keyFrameRequest, acknowledgement],
      ]);
      expect(records[1]?.plaintext).toHaveLength(0);
    },
  );

  it('asks for key frames on connection 2 where the frames come there', async () => {
    const { link, network, records, peer } = await linkAndPeer('guest', ['h264']);
    const [dialled, incoming] = await connectionPair(network);
    onTestFinished(() => dialled.abort());
    const heard: number[] = [];
    const opener = new RecordOpener(cipher, peer.trafficSecret(2, 'guest'));
    const sealer = new RecordSealer(cipher, peer.trafficSecret(2, 'host'));
    let isAttached = false;
    dialled.receive({
      onMessage: (message) => {
        if (isAttached) heard.push(opener.open(message).type);
        isAttached = true;
      },
      onEnd: () => undefined,
    });
    link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
    dialled.send(sealer.seal(RecordType.frame, encodeFrame(delta)));
    await delivered(() => heard.length === 1);
    link.requestKeyFrame();
    await delivered(() => heard.length === 2);
    expect(heard).toEqual([RecordType.acknowledgement, RecordType.keyFrameRequest]);
    expect(records).toEqual([]);
  });

  it('answers frames that come together by one acknowledgement, of the newest', async () => {
    const { near, send, received, records } = await linkAndPeer('host');
    near.pause();
    const many = 50;
    for (let number = 1; number <= many; number += 1) {
      send(RecordType.frame, ...encodeFrame({ ...frame, number }));
    }
    near.resume();
    await delivered(() => received.length === many && records.length > 0);
    send(RecordType.frame, ...encodeFrame({ ...frame, number: 100 }));
    await delivered(() => records.length > 1);
    expect(records.map(({ plaintext }) => plaintext)).toEqual(
      [many, 100].map(encodeAcknowledgement),
    );
  });

  it('says where a frame was dropped that waited for the transport', async () => {
    const { link, far } = await linkAndPeer('host', ['h264']);
    far.pause();
    const large = { ...delta.frame, data: new Uint8Array(200_000) };
    const kept: boolean[] = [];
    while (kept.at(-1) !== false && kept.length < 100) {
      kept.push(link.sendFrame({ number: kept.length, frame: large }));
    }
    expect(kept.indexOf(false)).toBe(kept.length - 1);
    expect(kept.length).toBeLessThan(100);
    far.resume();
  });

  it('holds little for a partner who sends and does not read', async () => {
    // Neither pings nor silence count: on a busy machine this takes seconds.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { link, far, send, received, records } = await linkAndPeer('host');
    far.pause();
    const large = { ...frame.frame, data: new Uint8Array(300_000) };
    for (let number = 1; number <= 5; number += 1) link.sendFrame({ number, frame: large });
    const many = 20_000;
    for (let number = 1; number <= many; number += 1) {
      send(RecordType.frame, ...encodeFrame({ ...frame, number }));
    }
    await delivered(() => received.length === many);
    far.resume();
    await delivered(() => records.length === 3);
    // What the transport takes before it says that it is full, and the newest of each type.
    const frames = records.filter(({ type }) => type === RecordType.frame);
    expect(frames.map(({ plaintext }) => plaintext[11])).toEqual([1, 5]);
    const newest = { type: RecordType.acknowledgement, plaintext: encodeAcknowledgement(many) };
    expect(records).toContainEqual(newest);
  });

  it('is cut by a frame whose number did not grow, and says so to the other side', async () => {
    const { send, received, records, ended } = await linkAndPeer('host');
    send(RecordType.frame, ...encodeFrame(frame));
    send(RecordType.frame, ...encodeFrame(frame));
    expect(await ended).toEqual(invalid('did not grow'));
    expect(received).toEqual([frame]);
    await delivered(() => records.at(-1)?.type === RecordType.close);
    const close = decodeClose(records.at(-1)?.plaintext ?? new Uint8Array(0));
    expect(close).toMatchObject({ code: CloseCode.protocolError });
  });

  it('says on each connection that what came breaks the protocol', async () => {
    const { link, network, send, records, peer, ended } = await linkAndPeer('guest');
    const [dialled, incoming] = await connectionPair(network);
    const opener = new RecordOpener(cipher, peer.trafficSecret(2, 'guest'));
    const messages: Uint8Array[] = [];
    dialled.receive({
      onMessage: (message) => messages.push(message.slice()),
      onEnd: () => undefined,
    });
    link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
    send(RecordType.ping, Uint8Array.of(1));
    await ended;
    await delivered(() => messages.length === 2 && records.length > 0);
    const second = opener.open(messages[1]!);
    for (const { type, plaintext } of [records.at(-1)!, second]) {
      expect(type).toBe(RecordType.close);
      expect(decodeClose(plaintext)).toMatchObject({ code: CloseCode.protocolError });
    }
  });

  it.each([
    ['acknowledgement', 'acknowledgement', [encodeAcknowledgement(3)]],
    ['request for a key frame', 'keyFrameRequest', []],
  ] as const)('is cut by an %s where none of its frames go', async (_, type, parts) => {
    const { link, network, peer, ended } = await linkAndPeer('guest', ['h264']);
    const [dialled, incoming] = await connectionPair(network);
    onTestFinished(() => dialled.abort());
    dialled.receive({ onMessage: () => undefined, onEnd: () => undefined });
    link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
    const sealer = new RecordSealer(cipher, peer.trafficSecret(2, 'host'));
    dialled.send(sealer.seal(RecordType[type], parts));
    expect(await ended).toEqual(invalid('out of place'));
  });

  it('tells of a record that was changed, and tells the other side', async () => {
    const { far, records, ended } = await linkAndPeer('host');
    far.send([new Uint8Array(60).fill(RecordType.frame)]);
    expect(await ended).toEqual(invalid('Someone on the network may be changing data.'));
    await delivered(() => records.length > 0);
    const close = decodeClose(records[0]?.plaintext ?? new Uint8Array(0));
    expect(close).toMatchObject({ code: CloseCode.tamperedError });
  });

  it('tells of a length that was changed', async () => {
    const { far, ended } = await linkAndPeer('host');
    far.send([new Uint8Array(MAX_RECORD_BYTES + 1)]);
    expect(await ended).toEqual(invalid('Someone on the network may be changing data.'));
  });

  it('stays while a record that takes longer than the silence is still coming', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { near, far, send, received, ended } = await linkAndPeer('host');
    let bytes = 0;
    vi.spyOn(near, 'bytesReceived', 'get').mockImplementation(() => (bytes += 1));
    for (let second = 0; second < 12; second += 1) vi.advanceTimersByTime(1_000);
    send(RecordType.frame, ...encodeFrame(frame));
    await delivered(() => received.length === 1);
    far.abort();
    expect(await ended).toMatchObject({ kind: 'broken' });
  });

  it('takes a route once', async () => {
    const { send, routes, ended } = await linkAndPeer('guest');
    send(RecordType.route, Uint8Array.of(1));
    send(RecordType.route, Uint8Array.of(1));
    expect(await ended).toEqual(invalid('route'));
    expect(routes).toEqual([1]);
  });

  it('takes frames on connection 1 after the host said so, and no late connection 2', async () => {
    const { link, network, send, received, routes, peer } = await linkAndPeer('guest');
    send(RecordType.route, Uint8Array.of(1));
    send(RecordType.frame, ...encodeFrame(frame));
    await delivered(() => received.length > 0);
    expect(received).toEqual([frame]);
    const [, incoming] = await connectionPair(network);
    expect(() => link.attach(new HandshakeConnection(incoming), createBindRequest(peer))).toThrow();
    expect(routes).toEqual([1]);
    incoming.abort();
  });

  it('takes connection 2 once, and then no frame on connection 1', async () => {
    const { link, network, send, routes, peer, ended } = await linkAndPeer('guest');
    const [dialled, incoming] = await connectionPair(network);
    const handshakeConnection = new HandshakeConnection(incoming);
    link.attach(handshakeConnection, createBindRequest(peer));
    expect(routes).toEqual([2]);
    expect(() => link.attach(handshakeConnection, createBindRequest(peer))).toThrow();
    send(RecordType.frame, ...encodeFrame(frame));
    expect(await ended).toEqual(invalid('frame'));
    dialled.abort();
  });

  it.each(['cut', 'left there'])(
    'takes a route where its answer to the attach was lost and connection 2 is %s',
    async (becomes) => {
      const { link, network, send, received, routes, peer, ended, far } =
        await linkAndPeer('guest');
      const [dialled, incoming] = await connectionPair(network);
      link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
      if (becomes === 'cut') {
        const over = new Promise((resolve) => {
          dialled.receive({ onMessage: () => undefined, onEnd: resolve });
        });
        dialled.abort();
        await over;
      }
      send(RecordType.route, Uint8Array.of(1));
      send(RecordType.frame, ...encodeFrame(frame));
      await delivered(() => received.length > 0);
      expect(routes).toEqual([2, 1]);
      if (becomes !== 'cut') {
        const cut = new Promise((resolve) => {
          dialled.receive({ onMessage: () => undefined, onEnd: resolve });
        });
        await cut;
      }
      far.abort();
      expect(await ended).toMatchObject({ kind: 'broken' });
    },
  );

  it('takes no route once the host has used connection 2', async () => {
    const { link, network, send, peer, ended } = await linkAndPeer('guest');
    const [dialled, incoming] = await connectionPair(network);
    onTestFinished(() => dialled.abort());
    const answered = new Promise((resolve) => {
      dialled.receive({ onMessage: resolve, onEnd: () => undefined });
    });
    link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
    await answered;
    const sealer = new RecordSealer(cipher, peer.trafficSecret(2, 'host'));
    dialled.send(sealer.seal(RecordType.ping, []));
    // What is sent on one connection does not wait for what is sent on another.
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    send(RecordType.route, Uint8Array.of(1));
    expect(await ended).toEqual(invalid('route'));
  });

  it('takes an end of connection 2 for a broken call once the host has used it', async () => {
    const { link, network, peer, ended } = await linkAndPeer('guest');
    const [dialled, incoming] = await connectionPair(network);
    dialled.receive({ onMessage: () => undefined, onEnd: () => undefined });
    link.attach(new HandshakeConnection(incoming), createBindRequest(peer));
    const sealer = new RecordSealer(cipher, peer.trafficSecret(2, 'host'));
    dialled.send(sealer.seal(RecordType.ping, []));
    void dialled.close();
    expect(await ended).toMatchObject({ kind: 'broken' });
  });

  it('takes an end without a goodbye for a broken connection', async () => {
    const { far, ended } = await linkAndPeer('host');
    await far.close();
    expect(await ended).toMatchObject({ kind: 'broken', error: { code: 'RK_TRANSPORT_BROKEN' } });
  });

  it('releases nothing that comes after the goodbye', async () => {
    const { send, received, ended, peerEnded } = await linkAndPeer('host');
    send(RecordType.close, encodeClose({ code: 0, reason: '' }));
    send(RecordType.frame, ...encodeFrame(frame));
    await ended;
    await peerEnded;
    expect(received).toEqual([]);
  });

  it('lets the guest in by a ping, before it says anything else: the host', async () => {
    const { letIn, records, send, ended } = await linkAndPeer('host');
    send(RecordType.close, encodeClose({ code: 0, reason: '' }));
    await ended;
    await delivered(() => letIn.length > 0);
    expect(letIn).toEqual([{ type: RecordType.ping, plaintext: new Uint8Array() }]);
    expect(records).toEqual([]);
  });

  it.each([
    ['a ping', RecordType.ping, [], ['let in']],
    ['the route', RecordType.route, [Uint8Array.of(1)], ['let in', 'route 1']],
  ] as const)(
    'is let in by %s, once and before all else: the guest',
    async (_, type, body, all) => {
      const { told, send, ended } = await linkAndPeer('guest');
      send(type, ...body);
      send(RecordType.ping);
      send(RecordType.close, encodeClose({ code: 0, reason: '' }));
      await ended;
      expect(told).toEqual(all);
    },
  );

  it('is not let in by a close: the guest', async () => {
    const { told, send, ended } = await linkAndPeer('guest');
    send(RecordType.close, encodeClose({ code: CloseCode.identityRefused, reason: '' }));
    await ended;
    expect(told).toEqual([]);
  });

  it('pings when it has nothing to say, and takes five silent seconds for the end', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { records, ended, peerEnded } = await linkAndPeer('host');
    vi.advanceTimersByTime(4_500);
    vi.advanceTimersByTime(1_000);
    expect(await ended).toMatchObject({
      kind: 'broken',
      error: { code: 'RK_TRANSPORT_BROKEN', message: expect.stringContaining('5 s') as string },
    });
    await peerEnded;
    expect(records.map(({ type }) => type)).toEqual([34, 34, 34, 34]);
  });

  it('stays while the other side only pings', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { send, ended, records } = await linkAndPeer('host');
    let over = false;
    void ended.then(() => (over = true));
    for (let second = 0; second < 12; second += 1) {
      send(RecordType.ping);
      await new Promise(setImmediate);
      vi.advanceTimersByTime(1_000);
    }
    expect(over).toBe(false);
    expect(records.length).toBeGreaterThan(8);
  });
});
