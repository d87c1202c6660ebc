import { afterEach, describe, expect, it, vi } from 'vitest';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { MAX_RECORD_BYTES } from '../../src/secure/channel.js';
import {
  CloseCode,
  decodeClose,
  encodeClose,
  RecordType,
  type OpenedRecord,
} from '../../src/secure/records.js';
import { createBindRequest } from '../../src/secure/reverse-connection.js';
import { decodeAcknowledgement, encodeAcknowledgement } from '../../src/wire/acknowledgement.js';
import { encodeControl } from '../../src/wire/control.js';
import { sendUnit } from '../streams/mux-pair.js';
import {
  connectionPair,
  delivered,
  hello,
  openOf,
  settled,
  sessionAndPeer,
} from './session-and-peer.js';

const route = [RecordType.route, Uint8Array.of(1)] as const;
const goodbye = encodeClose({ code: 0, reason: 'bye' });

const invalid = (what: string): unknown =>
  expect.objectContaining({
    kind: 'invalid',
    error: expect.objectContaining({
      code: 'RK_RECORD_INVALID',
      message: expect.stringContaining(what) as string,
    }) as Error,
  });

/** What breaks the protocol, and by what it was seen. */
const violation = (by: string): unknown =>
  expect.objectContaining({
    kind: 'invalid',
    closeSent: expect.objectContaining({ code: CloseCode.protocolError }) as object,
    error: expect.objectContaining({
      code: 'RK_RECORD_INVALID',
      cause: expect.objectContaining({ message: expect.stringContaining(by) as string }) as Error,
    }) as Error,
  });

/** Says that one unit of a stream came, of 116 bytes. */
function acknowledgement(fields: Partial<Parameters<typeof encodeAcknowledgement>[0]> = {}) {
  return encodeAcknowledgement({
    ...{ received: 1, consumed: 1, limit: 9, connectionBytes: 116, arrivedAt: 1 },
    ...fields,
  });
}

/** What a record of type close says. */
function closeOf({ plaintext }: OpenedRecord) {
  return decodeClose(plaintext);
}

afterEach(() => vi.useRealTimers());

describe('the hello', () => {
  it('is the first record of the host, by which it lets the guest in', async () => {
    const { far } = await sessionAndPeer('host');
    await settled();
    expect(far.descriptions).toEqual(['hello']);
    expect(JSON.parse(Buffer.from(far.records[0]!.plaintext).toString())).toEqual(hello);
  });

  it('of the guest answers the host’s, and nothing is sent before', async () => {
    const { far, hellos, calls } = await sessionAndPeer('guest');
    far.send(RecordType.ping);
    await settled();
    expect(far.descriptions).toEqual([]);
    far.control({ ...hello, program: { name: 'Other', version: '9' } });
    await delivered(() => far.records.length > 0);
    expect(far.descriptions).toEqual(['hello']);
    expect(hellos).toMatchObject([{ program: { name: 'Other' } }]);
    expect(calls).toEqual(['let in', 'ready']);
  });

  it('makes the host ready only when it is decided where its media go', async () => {
    const { session, network, far, calls } = await sessionAndPeer('host');
    far.control(hello);
    await settled();
    expect(calls).toEqual([]);
    network.block();
    await session.openReverseConnection(network.machine('10.0.0.2'), new AbortController().signal);
    expect(calls).toEqual(['route 1', 'ready']);
  });

  it('that comes after connection 2 makes the host ready then', async () => {
    const scene = await sessionAndPeer('host');
    await scene.openReverseConnection();
    expect(scene.calls).toEqual(['route 2']);
    await scene.sendHello();
    expect(scene.calls).toEqual(['route 2', 'ready']);
  });

  it.each([
    ['guest', 'data', RecordType.data, 2, new Uint8Array(20)],
    ['host', 'data', RecordType.data, 1, new Uint8Array(20)],
    ['guest', 'an acknowledgement', RecordType.acknowledgement, 1, acknowledgement()],
    ['host', 'an acknowledgement', RecordType.acknowledgement, 2, acknowledgement()],
    ['guest', 'an open', RecordType.control, 0, encodeControl(openOf(2))],
    ['host', 'an open', RecordType.control, 0, encodeControl(openOf(1))],
    ['host', 'an unknown type', RecordType.control, 0, Buffer.from('{"type":"dance"}')],
  ] as const)('has to come before all else: the %s is cut by %s', async (...given) => {
    const [role, , type, stream, body] = given;
    const { far, ended, calls } = await sessionAndPeer(role);
    far.send({ type, stream }, body);
    expect(await ended).toEqual(violation('before the hello'));
    expect(calls.filter((what) => what.startsWith('open'))).toEqual([]);
    await far.ended;
  });

  it('comes once', async () => {
    const { far, sendHello, ended } = await sessionAndPeer('host');
    await sendHello();
    far.control(hello);
    expect(await ended).toEqual(violation('a hello out of place'));
  });

  it('does not come on connection 2', async () => {
    const { far, openReverseConnection, ended, hellos } = await sessionAndPeer('host');
    const second = await openReverseConnection();
    // The host reads connection 2 once the hello came on connection 1.
    second.control(hello);
    await settled();
    expect(hellos).toEqual([]);
    far.control(hello);
    expect(await ended).toEqual(violation('a hello out of place'));
    expect(hellos).toEqual([hello]);
  });
});

describe('a peer session', () => {
  it('takes a stream, and acknowledges its units on its connection', async () => {
    const { far, sendHello, units, calls, ended } = await sessionAndPeer('host');
    await sendHello();
    far.control(openOf(1));
    far.unit(1, 0);
    far.unit(1, 1);
    await delivered(() => far.descriptions.includes('ack 1'));
    expect(far.descriptions).toEqual(['hello', 'accept 1', 'ack 1']);
    const answer = decodeAcknowledgement(far.records.at(-1)!.plaintext);
    expect(answer).toMatchObject({ received: 2, consumed: 2, connectionBytes: 40 });
    expect(units.get(1)).toEqual([0, 1]);
    far.send(RecordType.close, goodbye);
    expect(await ended).toEqual({ kind: 'closed', code: 0, reason: 'bye' });
    expect(calls.slice(-3)).toEqual(['open 1', 'end 1 lost', 'over']);
  });

  it.each([
    ['a new one', 5, undefined],
    ['one that is open on the other', 3, 'which is used'],
    ['one that has ended on the other', 7, 'which is used'],
  ])('takes ids of two connections in any order, and then %s', async (_, id, broken) => {
    const { far, sendHello, openReverseConnection, ended, calls } = await sessionAndPeer('host');
    const second = await openReverseConnection();
    await sendHello();
    far.control(openOf(3));
    far.control(openOf(7));
    far.control({ type: 'end', stream: 7, reason: 'stopped' });
    await delivered(() => calls.includes('end 7 stopped'));
    second.control(openOf(1));
    await delivered(() => second.descriptions.includes('accept 1'));
    second.control(openOf(id));
    if (broken !== undefined) expect(await ended).toEqual(violation(broken));
    else await delivered(() => second.descriptions.includes(`accept ${id}`));
  });

  it('of the guest sends its media on connection 1, with connection 2 and without', async () => {
    const { far, sendHello, bindReverseConnection, open } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    await sendHello();
    const { stream, log } = open();
    await delivered(() => far.descriptions.includes('open 1'));
    far.control({ type: 'accept', stream: 1, limit: 8 });
    await delivered(() => log.includes('ready'));
    sendUnit(stream, 1);
    await delivered(() => far.descriptions.includes('data 1'));
    expect(second.records).toEqual([]);
  });

  it('of the host sends its media on connection 2, and what is said of others’ where they come', async () => {
    const { far, sendHello, openReverseConnection, open } = await sessionAndPeer('host');
    const second = await openReverseConnection();
    await sendHello();
    const { stream, log } = open();
    await delivered(() => second.descriptions.includes('open 2'));
    second.control({ type: 'accept', stream: 2, limit: 8 });
    await delivered(() => log.includes('ready'));
    sendUnit(stream, 1);
    far.control(openOf(1));
    far.unit(1, 0);
    await delivered(
      () => second.descriptions.includes('data 2') && far.descriptions.includes('ack 1'),
    );
    expect(second.descriptions).toEqual(['open 2', 'data 2']);
    expect(far.descriptions).toEqual(['hello', 'accept 1', 'ack 1']);
  });

  it('of the host sends all on connection 1 where the guest cannot be dialed', async () => {
    const { session, network, far, sendHello, open } = await sessionAndPeer('host');
    network.block();
    await session.openReverseConnection(network.machine('10.0.0.2'), new AbortController().signal);
    await sendHello();
    open();
    await delivered(() => far.descriptions.includes('open 2'));
    expect(far.descriptions).toEqual(['hello', 'route', 'open 2']);
  });

  it.each(['guest', 'host'] as const)(
    'ends at the %s without a hello of the peer for 10 s',
    async (role) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { far, ended } = await sessionAndPeer(role);
      far.send(RecordType.ping);
      await settled();
      vi.advanceTimersByTime(10_000);
      expect(await ended).toMatchObject({ kind: 'invalid', error: { code: 'RK_RECORD_INVALID' } });
      await far.ended;
      const close = closeOf(far.records.at(-1)!);
      expect(close).toEqual({ code: CloseCode.protocolError, reason: 'no hello came' });
    },
  );

  it('lasts with a hello', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { calls, sendHello } = await sessionAndPeer('guest');
    await sendHello();
    vi.advanceTimersByTime(60_000);
    expect(calls).toEqual(['let in', 'ready']);
  });

  it('takes a stream on either connection', async () => {
    const { far, sendHello, bindReverseConnection, units } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    await sendHello();
    far.control(openOf(2));
    far.unit(2, 0);
    await delivered(() => units.has(2));
    second.control(openOf(4));
    second.unit(4, 0);
    await delivered(() => units.has(4) && second.descriptions.includes('ack 4'));
    expect(second.descriptions).toEqual(['accept 4', 'ack 4']);
    expect(far.descriptions).toEqual(['hello', 'accept 2', 'ack 2']);
  });

  it.each([
    ['guest', 'a route that is none', RecordType.route, Uint8Array.of(2), 'a route'],
    ['guest', 'a route with more behind it', RecordType.route, Uint8Array.of(1, 1), 'a route'],
    ['guest', 'an empty route', RecordType.route, new Uint8Array(0), 'a route'],
    ['host', 'a route from the guest', RecordType.route, Uint8Array.of(1), 'a route'],
    ['host', 'a ping with a body', RecordType.ping, Uint8Array.of(1), 'a ping'],
    ['host', 'a control message that is no JSON', RecordType.control, Uint8Array.of(1), 'I-JSON'],
  ] as const)('is cut at the %s by %s', async (role, _what, type, body, by) => {
    const { far, ended } = await sessionAndPeer(role);
    far.send(type, body);
    expect(await ended).toEqual(violation(by));
    await far.ended;
  });

  it('is cut by a malformed farewell', async () => {
    const { far, ended } = await sessionAndPeer('host');
    far.send(RecordType.close, new Uint8Array(3));
    expect(await ended).toEqual(invalid('malformed'));
  });

  it('is cut by a record of a type that there is not', async () => {
    const { far, ended } = await sessionAndPeer('host');
    far.send(99 as RecordType);
    expect(await ended).toEqual(invalid('changing data'));
  });

  it('is cut by a unit that comes twice, and says so to the other side', async () => {
    const { far, sendHello, units, ended } = await sessionAndPeer('host');
    await sendHello();
    far.control(openOf(1));
    far.unit(1, 0);
    far.unit(1, 0);
    expect(await ended).toEqual(violation('not the next one'));
    expect(units.get(1)).toEqual([0]);
    await delivered(() => far.descriptions.includes('close'));
    expect(closeOf(far.records.at(-1)!)).toMatchObject({ code: CloseCode.protocolError });
  });

  it('is cut by an acknowledgement of what was never sent', async () => {
    const { far, sendHello, open, ended } = await sessionAndPeer('guest');
    await sendHello();
    const { stream, log } = open();
    far.control({ type: 'accept', stream: 1, limit: 8 });
    await delivered(() => log.includes('ready'));
    sendUnit(stream, 1);
    await delivered(() => far.descriptions.includes('data 1'));
    const fields = { type: RecordType.acknowledgement, stream: 1 };
    far.send(fields, acknowledgement());
    await delivered(() => log.length > 1);
    far.send(fields, acknowledgement({ received: 2 }));
    expect(await ended).toEqual(violation('units that were not sent'));
  });

  it.each([
    ['a second acceptance', { type: 'accept', stream: 1, limit: 8 }],
    ['a refusal', { type: 'refuse', stream: 1, reason: 'not-wanted' }],
    ['a request for a key unit', { type: 'key-frame', stream: 1 }],
    ['what is said of its view', { type: 'view', stream: 1, visible: false }],
    ['an acknowledgement', undefined],
  ] as const)('is cut by %s on the connection on which its stream is not', async (_, message) => {
    const { far, sendHello, bindReverseConnection, open, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    await sendHello();
    const { log } = open();
    far.control({ type: 'accept', stream: 1, limit: 8 });
    await delivered(() => log.includes('ready'));
    if (message !== undefined) second.control(message);
    else {
      const nothing = acknowledgement({ received: 0, consumed: 0, connectionBytes: 0 });
      second.send({ type: RecordType.acknowledgement, stream: 1 }, nothing);
    }
    expect(await ended).toEqual(violation('on the other connection'));
  });

  it.each(['data', 'end'])('is cut by %s of a stream on the other connection', async (what) => {
    const { far, sendHello, bindReverseConnection, units, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    await sendHello();
    second.control(openOf(2));
    second.unit(2, 0);
    await delivered(() => units.has(2));
    if (what === 'data') far.unit(2, 1);
    else far.control({ type: 'end', stream: 2, reason: 'stopped' });
    expect(await ended).toEqual(violation('on the other connection'));
    expect(units.get(2)).toEqual([0]);
  });

  it('answers units that come together by one acknowledgement, of all of them', async () => {
    const { near, far, sendHello, units } = await sessionAndPeer('host');
    await sendHello();
    far.control(openOf(1));
    await delivered(() => far.descriptions.includes('accept 1'));
    near.pause();
    const many = 50;
    for (let number = 0; number < many; number += 1) far.unit(1, number);
    near.resume();
    await delivered(() => far.descriptions.includes('ack 1'));
    far.unit(1, many);
    await delivered(() => units.get(1)?.length === many + 1);
    await settled();
    const answers = far.records.filter(({ type }) => type === RecordType.acknowledgement);
    const received = answers.map(({ plaintext }) => decodeAcknowledgement(plaintext).received);
    expect(received).toEqual([many, many + 1]);
  });

  it('holds little for a peer that sends and does not read', async () => {
    // Neither pings nor silence count: on a busy machine this takes seconds.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { far, sendHello, open, units } = await sessionAndPeer('guest');
    await sendHello();
    const { stream, log } = open();
    far.control(openOf(2));
    far.control({ type: 'accept', stream: 1, limit: 8 });
    await delivered(() => log.includes('ready') && far.descriptions.includes('accept 2'));
    const before = far.records.length;
    far.connection.pause();
    for (let picture = 0; picture < 10; picture += 1) sendUnit(stream, picture, 300_000);
    const many = 20_000;
    for (let number = 0; number < many; number += 1) far.unit(2, number);
    await delivered(() => units.get(2)?.length === many);
    far.connection.resume();
    await delivered(() => far.descriptions.filter((what) => what === 'ack 2').length > 0);
    await settled();
    const after = far.records.slice(before);
    // What may be on the way before anything is acknowledged, in fragments of 16 KiB.
    expect(after.filter(({ type }) => type === RecordType.data)).toHaveLength(4);
    // The transport takes answers until it is full; they are one for each turn, and not one a unit.
    const answers = after.filter(({ type }) => type === RecordType.acknowledgement);
    expect(answers.length).toBeLessThan(many / 50);
    expect(decodeAcknowledgement(answers.at(-1)!.plaintext).received).toBe(many);
    expect(stream.counts).toMatchObject({ sent: 1, dropped: 8 });
  });

  it('says on each connection that what came breaks the protocol', async () => {
    const { far, bindReverseConnection, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    far.send(RecordType.ping, Uint8Array.of(1));
    await ended;
    await delivered(
      () => far.descriptions.includes('close') && second.descriptions.includes('close'),
    );
    for (const connection of [far, second]) {
      expect(closeOf(connection.records.at(-1)!)).toMatchObject({ code: CloseCode.protocolError });
    }
  });

  it('says goodbye on each connection when it is closed, and nothing behind it', async () => {
    const { session, far, sendHello, bindReverseConnection, open } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    await sendHello();
    const { stream } = open();
    await session.close(CloseCode.leaving, 'bye');
    sendUnit(stream, 1);
    await session.close(CloseCode.roomClosed, 'again');
    await Promise.all([far.ended, second.ended]);
    for (const connection of [far, second]) {
      expect(closeOf(connection.records.at(-1)!)).toEqual({
        code: CloseCode.leaving,
        reason: 'bye',
      });
      expect(connection.descriptions.filter((what) => what === 'close')).toHaveLength(1);
    }
    expect(session.isOver).toBe(true);
  });

  it('tells of a record that was changed, and tells the other side', async () => {
    const { far, ended } = await sessionAndPeer('host');
    far.connection.send([new Uint8Array(60).fill(RecordType.data)]);
    expect(await ended).toEqual(invalid('Someone on the network may be changing data.'));
    await delivered(() => far.descriptions.includes('close'));
    expect(closeOf(far.records.at(-1)!)).toMatchObject({ code: CloseCode.tamperedError });
  });

  it('tells of a length that was changed', async () => {
    const { far, ended } = await sessionAndPeer('host');
    far.connection.send([new Uint8Array(MAX_RECORD_BYTES + 1)]);
    expect(await ended).toEqual(invalid('Someone on the network may be changing data.'));
  });

  it('stays while a record that takes longer than the silence is still coming', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { near, far, hellos, ended } = await sessionAndPeer('guest');
    let bytes = 0;
    vi.spyOn(near, 'bytesReceived', 'get').mockImplementation(() => (bytes += 1));
    for (let second = 0; second < 12; second += 1) vi.advanceTimersByTime(1_000);
    far.control(hello);
    await delivered(() => hellos.length === 1);
    far.connection.abort();
    expect(await ended).toMatchObject({ kind: 'broken' });
  });

  it('takes an end without a goodbye for a broken connection', async () => {
    const { far, ended } = await sessionAndPeer('host');
    await far.connection.close();
    expect(await ended).toMatchObject({ kind: 'broken', error: { code: 'RK_TRANSPORT_BROKEN' } });
  });

  it('releases nothing that comes after the goodbye', async () => {
    const { far, sendHello, units, ended } = await sessionAndPeer('host');
    await sendHello();
    far.control(openOf(1));
    far.send(RecordType.close, goodbye);
    far.unit(1, 0);
    await ended;
    await far.ended;
    expect(units.size).toBe(0);
  });

  it('pings when it has nothing to say, and takes five silent seconds for the end', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { far, ended } = await sessionAndPeer('host');
    vi.advanceTimersByTime(4_500);
    vi.advanceTimersByTime(1_000);
    expect(await ended).toMatchObject({
      kind: 'broken',
      error: { code: 'RK_TRANSPORT_BROKEN', message: expect.stringContaining('5 s') as string },
    });
    await far.ended;
    expect(far.descriptions).toEqual(['hello', 'ping', 'ping', 'ping', 'ping']);
  });

  it('stays while the other side only pings', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { far, ended } = await sessionAndPeer('host');
    let over = false;
    void ended.then(() => (over = true));
    for (let second = 0; second < 12; second += 1) {
      far.send(RecordType.ping);
      await new Promise(setImmediate);
      vi.advanceTimersByTime(1_000);
    }
    expect(over).toBe(false);
    expect(far.descriptions.filter((what) => what === 'ping').length).toBeGreaterThan(8);
  });
});

describe('a guest', () => {
  it('takes a route once', async () => {
    const { far, calls, ended } = await sessionAndPeer('guest');
    far.control(hello);
    far.send(...route);
    far.send(...route);
    expect(await ended).toEqual(violation('a route'));
    expect(calls).toEqual(['let in', 'ready', 'route 1', 'ready for sound', 'over']);
  });

  it('takes no route before the hello', async () => {
    const { far, calls, ended } = await sessionAndPeer('guest');
    far.send(...route);
    expect(await ended).toEqual(violation('a route'));
    expect(calls).toEqual(['over']);
  });

  it('takes no connection 2 after the route', async () => {
    const { session, peer, network, far, calls } = await sessionAndPeer('guest');
    far.control(hello);
    far.send(...route);
    await delivered(() => calls.includes('route 1'));
    const [late] = await connectionPair(network);
    expect(() =>
      session.bindReverseConnection(new HandshakeConnection(late), createBindRequest(peer)),
    ).toThrow(expect.objectContaining({ code: 'RK_HANDSHAKE_FAILED' }));
    expect(calls).toEqual(['let in', 'ready', 'route 1', 'ready for sound']);
    late.abort();
  });

  it('takes connection 2 once', async () => {
    const { bindReverseConnection, calls } = await sessionAndPeer('guest');
    await bindReverseConnection();
    await expect(bindReverseConnection()).rejects.toMatchObject({ code: 'RK_HANDSHAKE_FAILED' });
    expect(calls).toEqual(['let in', 'route 2']);
  });

  it('takes no connection 2 after the end', async () => {
    const { session, network, bindReverseConnection } = await sessionAndPeer('guest');
    await session.close(0, '');
    await expect(bindReverseConnection()).rejects.toMatchObject({ code: 'RK_HANDSHAKE_FAILED' });
    // The keys are erased then, so what is made of zeros would fit.
    const [late] = await connectionPair(network);
    const forged = createBindRequest(session.security);
    expect(() => session.bindReverseConnection(new HandshakeConnection(late), forged)).toThrow(
      expect.objectContaining({ code: 'RK_HANDSHAKE_FAILED' }),
    );
    late.abort();
  });

  it('takes no route on connection 2', async () => {
    const { bindReverseConnection, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    second.send(...route);
    expect(await ended).toEqual(violation('a route'));
  });

  it.each(['cut', 'left there'])(
    'accepts a route when its bind response was lost and the reverse connection is %s',
    async (becomes) => {
      // Neither is it silence that ends connection 2, nor its end that ends the call.
      vi.useFakeTimers({
        toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
      });
      const { far, bindReverseConnection, sendHello, units, calls, ended } =
        await sessionAndPeer('guest');
      const second = await bindReverseConnection();
      if (becomes === 'cut') {
        second.connection.abort();
        await second.ended;
        await settled();
        vi.advanceTimersByTime(1_000);
        expect(calls).toEqual(['let in', 'route 2']);
      }
      far.send(...route);
      await sendHello();
      far.control(openOf(2));
      far.unit(2, 0);
      await delivered(() => units.has(2));
      expect(calls).toEqual(['let in', 'route 2', 'route 1', 'ready', 'open 2']);
      await second.ended;
      far.connection.abort();
      expect(await ended).toMatchObject({ kind: 'broken' });
    },
  );

  it('takes no route once the host has used connection 2', async () => {
    const { far, bindReverseConnection, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    second.send(RecordType.ping);
    // What is sent on one connection does not wait for what is sent on another.
    await settled();
    far.send(...route);
    expect(await ended).toEqual(violation('a route'));
  });

  it('takes an end of connection 2 for a broken call once the host has used it', async () => {
    const { bindReverseConnection, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    second.send(RecordType.ping);
    void second.connection.close();
    expect(await ended).toMatchObject({ kind: 'broken' });
  });

  it('is let in by the hello and not by a ping, once and before all else', async () => {
    const { far, calls, ended } = await sessionAndPeer('guest');
    far.send(RecordType.ping);
    await settled();
    expect(calls).toEqual([]);
    far.control(hello);
    far.send(RecordType.ping);
    far.send(RecordType.close, goodbye);
    await ended;
    expect(calls).toEqual(['let in', 'ready', 'over']);
  });

  it('is let in by connection 2', async () => {
    const { bindReverseConnection, calls } = await sessionAndPeer('guest');
    await bindReverseConnection();
    expect(calls).toEqual(['let in', 'route 2']);
  });

  it('is not let in by a close', async () => {
    const { far, calls, ended } = await sessionAndPeer('guest');
    far.send(RecordType.close, encodeClose({ code: CloseCode.identityRefused, reason: '' }));
    await ended;
    expect(calls).toEqual(['over']);
  });

  it('gives the other connection a moment to say why one was cut', async () => {
    const { far, bindReverseConnection, ended } = await sessionAndPeer('guest');
    const second = await bindReverseConnection();
    second.send(RecordType.ping);
    await settled();
    far.connection.abort();
    await settled();
    const reason = { code: CloseCode.tamperedError, reason: 'changed' };
    second.send(RecordType.close, encodeClose(reason));
    expect(await ended).toEqual({ kind: 'closed', ...reason });
  });
});
