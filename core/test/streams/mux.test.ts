import { describe, expect, test } from 'vitest';
import { RecordType } from '../../src/secure/records.js';
import { encodeAcknowledgement } from '../../src/wire/acknowledgement.js';
import { encodeControl, type ControlMessage } from '../../src/wire/control.js';
import { readBytesUnit } from '../../src/wire/index.js';
import type { TestSide } from './mux-pair.js';
import { hello, MuxPair, openStream, recordingHandlers, sendUnit } from './mux-pair.js';

async function openPair(): Promise<MuxPair> {
  const pair = new MuxPair();
  await pair.settle();
  return pair;
}

function control(message: object) {
  const plaintext = encodeControl(message as ControlMessage);
  return { type: RecordType.control, stream: 0, hasMore: false, plaintext };
}

describe('streams between two sides', () => {
  test('a stream is opened, accepted, used and ended', async () => {
    const pair = await openPair();
    const { host, guest } = pair;
    const handlers = recordingHandlers();
    const stream = openStream(host, { kind: 'screen', handlers });
    expect(stream.id).toBe(2);
    expect(stream.capacity).toBe(0);
    await pair.settle();
    expect(guest.opens).toEqual([{ type: 'open', stream: 2, protocol: 'test/1', kind: 'screen' }]);
    expect(handlers.log).toContain('ready');
    expect(stream.capacity).toBe(2);
    expect(sendUnit(stream, 7)).toBe(true);
    await pair.settle();
    expect(guest.sinks[0]?.marks).toEqual([7]);
    stream.end('lost');
    await pair.settle();
    expect(guest.sinks[0]?.ended).toBe('lost');
    expect(sendUnit(stream, 8)).toBe(false);
  });

  test('ids of the host are even and of the guest odd, and are never used again', async () => {
    const pair = await openPair();
    const first = openStream(pair.guest);
    expect(first.id).toBe(1);
    first.end('stopped');
    expect(openStream(pair.guest).id).toBe(3);
    expect(openStream(pair.host).id).toBe(2);
    await pair.settle();
    expect(pair.host.opens.map(({ stream }) => stream)).toEqual([1, 3]);
  });

  test('a refused stream ends nothing else', async () => {
    const pair = await openPair();
    pair.guest.answer = { refuse: 'unknown-protocol' };
    const handlers = recordingHandlers();
    const refused = openStream(pair.host, { handlers });
    await pair.settle();
    expect(handlers.log).toEqual(['refused unknown-protocol']);
    expect(sendUnit(refused, 1)).toBe(false);
    pair.guest.answer = {};
    const taken = openStream(pair.host);
    await pair.settle();
    sendUnit(taken, 2);
    await pair.settle();
    expect(pair.guest.sinks[0]?.marks).toEqual([2]);
  });

  test('a stream that its receiver refuses later ends there, whatever is on its way', async () => {
    const pair = await openPair();
    const handlers = recordingHandlers();
    const stream = openStream(pair.host, { handlers });
    await pair.settle();
    sendUnit(stream, 1, 40_000);
    pair.guest.sinks[0]!.stream.refuse();
    await pair.settle();
    expect(handlers.log).toContain('refused not-wanted');
    expect(pair.guest.sinks[0]?.units).toEqual([]);
    // Ended at both sides: the place is free again.
    for (let count = 0; count < 64; count += 1) openStream(pair.host);
    expect(() => openStream(pair.host)).toThrow(RangeError);
  });

  test('a unit of many fragments arrives whole, and its content as it was', async () => {
    const pair = await openPair();
    const stream = openStream(pair.host);
    await pair.settle();
    const data = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
    const { bytesHeader } = await import('../../src/wire/index.js');
    stream.send({ header: (number) => bytesHeader({ number, capturedAt: 5.5 }), data });
    // 100,016 bytes: six fragments of 16 KiB, and the rest.
    const expected = [...Array<string>(3).fill('data 2+')];
    expect(pair.host.channel.waiting.slice(0, 3)).toEqual(expected);
    await pair.settle();
    const unit = readBytesUnit(pair.guest.sinks[0]!.units[0]!);
    expect(unit).toMatchObject({ number: 0, capturedAt: 5.5 });
    expect(Buffer.compare(unit.data, data)).toBe(0);
  });

  test('a key frame and the visibility are asked for on the stream', async () => {
    const pair = await openPair();
    const handlers = recordingHandlers();
    openStream(pair.host, { handlers });
    await pair.settle();
    const { stream } = pair.guest.sinks[0]!;
    stream.requestKeyFrame();
    stream.setVisible(false);
    await pair.settle();
    expect(handlers.log).toEqual(['ready', 'key frame', 'hidden']);
  });

  test('acknowledgements of a stream that has ended meanwhile break nothing', async () => {
    const pair = await openPair();
    const stream = openStream(pair.host);
    await pair.settle();
    sendUnit(stream, 1);
    stream.end('stopped');
    await pair.settle();
    expect(pair.guest.sinks[0]?.marks).toEqual([1]);
  });

  test.each(['video', 'audio'] as const)(
    'live %s ends in the middle of a unit, before the next stream opens',
    async (trafficClass) => {
      const pair = await openPair();
      pair.guest.answer = { trafficClass };
      const stream = openStream(pair.host, { trafficClass });
      await pair.settle();
      sendUnit(stream, 1, 200_000);
      sendUnit(stream, 2);
      expect(pair.host.channel.waiting.at(-1)).toBe('data 2+');
      stream.end('stopped');
      const next = openStream(pair.host, { trafficClass });
      expect(pair.host.channel.waiting.slice(-2)).toEqual(['end 2', 'open 4']);
      await pair.settle();
      const [cut, whole] = pair.guest.sinks;
      expect(cut).toMatchObject({ marks: [], ended: 'stopped' });
      expect(sendUnit(next, 3)).toBe(true);
      await pair.settle();
      expect(whole?.marks).toEqual([3]);
    },
  );

  test('an ordered stream sends all that it was given before it ends', async () => {
    const pair = await openPair();
    pair.guest.answer = { trafficClass: 'messages' };
    const stream = openStream(pair.host, { trafficClass: 'messages' });
    // Neither accepted yet, nor would it all go out at once.
    for (const mark of [1, 2, 3]) sendUnit(stream, mark, 200_000);
    stream.end('stopped');
    expect(stream.capacity).toBe(0);
    expect(sendUnit(stream, 4)).toBe(false);
    await pair.settle();
    expect(pair.guest.sinks[0]).toMatchObject({ marks: [1, 2, 3], ended: 'stopped' });
  });

  test('an ordered stream that is refused while it ends sends nothing more', async () => {
    const pair = await openPair();
    pair.guest.answer = { trafficClass: 'messages' };
    const stream = openStream(pair.host, { trafficClass: 'messages' });
    await pair.settle();
    sendUnit(stream, 1, 900_000);
    stream.end('stopped');
    pair.guest.sinks[0]!.stream.refuse();
    await pair.settle();
    expect(pair.guest.sinks[0]?.marks).toEqual([]);
    expect(pair.host.channel.records).toEqual([]);
    expect(sendUnit(openStream(pair.host), 2)).toBe(true);
  });

  test('messages of an unknown type, and unknown keys, are ignored', async () => {
    const pair = await openPair();
    const { guest } = pair;
    guest.mux.receive(guest.scheduler, control({ type: 'dance', stream: 9 }));
    guest.mux.receive(
      guest.scheduler,
      control({ type: 'open', stream: 2, protocol: 'test/1', color: 'red' }),
    );
    expect(guest.opens).toEqual([{ type: 'open', stream: 2, protocol: 'test/1' }]);
  });

  test('closing ends what comes, and what goes', async () => {
    const pair = await openPair();
    const stream = openStream(pair.host);
    await pair.settle();
    pair.guest.mux.close();
    pair.host.mux.close();
    expect(pair.guest.sinks[0]?.ended).toBe('lost');
    expect(sendUnit(stream, 1)).toBe(false);
  });
});

describe('a peer that breaks the rules of streams', () => {
  /** What the guest is sent by a host that has opened the stream 2. */
  async function hostile(): Promise<{ side: TestSide; send: (record: object) => void }> {
    const pair = await openPair();
    openStream(pair.host);
    await pair.settle();
    const side = pair.guest;
    // Its own stream 1, of which it sent one unit.
    const own = openStream(side);
    await pair.settle();
    sendUnit(own, 1);
    await pair.settle();
    return {
      side,
      send: (record) =>
        side.mux.receive(side.scheduler, {
          type: RecordType.data,
          stream: 2,
          hasMore: false,
          plaintext: new Uint8Array(100),
          ...record,
        }),
    };
  }

  const ack = (fields: object, stream = 1) => ({
    type: RecordType.acknowledgement,
    stream,
    plaintext: encodeAcknowledgement({
      received: 1,
      consumed: 1,
      limit: 9,
      connectionBytes: 116,
      arrivedAt: 1,
      ...fields,
    }),
  });

  test.each<[string, object]>([
    ['data on a stream that is not open', { stream: 4 }],
    ['data on a stream of its receiver', { stream: 1 }],
    ['an empty last fragment', { plaintext: new Uint8Array(0) }],
    ['a fragment that is not full and not the last', { hasMore: true }],
    ['a fragment that is longer than 16 KiB', { plaintext: new Uint8Array(16_385) }],
    ['a unit that is shorter than its header', { plaintext: new Uint8Array(7) }],
    ['a unit whose number is not the next one', { plaintext: new Uint8Array(100).fill(1) }],
    ['an acknowledgement of a unit that was not sent', ack({ received: 2 })],
    ['an acknowledgement that takes one back', ack({ received: 0, consumed: 0 })],
    ['an acknowledgement of more taken than received', ack({ consumed: 2 })],
    ['an acknowledgement that gives one back', ack({ consumed: 0 })],
    ['an acknowledgement whose limit falls', ack({ limit: 1 })],
    ['an acknowledgement of bytes that were not sent', ack({ connectionBytes: 117 })],
    ['an acknowledgement that takes bytes back', ack({ connectionBytes: 1 })],
    ['an acknowledgement on a stream that never was', ack({}, 3)],
    ['an acknowledgement on its own stream', ack({}, 2)],
    ['a short acknowledgement', { ...ack({}), plaintext: new Uint8Array(31) }],
    ['a second hello', control(hello)],
    ['an id that was used', control({ type: 'open', stream: 2, protocol: 'test/1' })],
    ['an id of the other side', control({ type: 'open', stream: 3, protocol: 'test/1' })],
    ['the end of a stream that never was', control({ type: 'end', stream: 4, reason: 'lost' })],
    ['the end of a stream of its receiver', control({ type: 'end', stream: 1, reason: 'lost' })],
    ['an answer to a stream that never was', control({ type: 'accept', stream: 3, limit: 1 })],
    ['a second acceptance', control({ type: 'accept', stream: 1, limit: 9 })],
    ['a refusal of its own stream', control({ type: 'refuse', stream: 2, reason: 'too-many' })],
    ['a malformed message', control({ type: 'open', stream: '4', protocol: 'test/1' })],
    ['a message without a type', control({ stream: 4 })],
    ['a message that is an array', control([1])],
    [
      'a message of more than 4 KiB',
      control({ type: 'key-frame', stream: 1, padding: 'x'.repeat(4_096) }),
    ],
  ])('%s ends the call', async (_name, record) => {
    const { send } = await hostile();
    expect(() => send(record)).toThrow(RangeError);
  });

  test('the records of the table above are right but for what they are named for', async () => {
    const { side, send } = await hostile();
    send({});
    send(ack({}));
    expect(side.sinks[0]?.units).toHaveLength(1);
  });

  test('anything before the hello ends the call', () => {
    const { guest } = new MuxPair();
    const open = control({ type: 'open', stream: 2, protocol: 'test/1' });
    expect(() => guest.mux.receive(guest.scheduler, open)).toThrow('before the hello');
    expect(() =>
      guest.mux.receive(guest.scheduler, { ...open, type: RecordType.data, stream: 2 }),
    ).toThrow('before the hello');
  });

  test('more units than there is credit for end the call', async () => {
    const { side, send } = await hostile();
    side.sinks[0]!.takes = false;
    for (let number = 0; number < 8; number += 1) {
      const plaintext = new Uint8Array(100);
      new DataView(plaintext.buffer).setUint32(4, number);
      send({ plaintext });
    }
    expect(side.sinks[0]?.units).toHaveLength(8);
    expect(() => send({})).toThrow('no credit');
  });

  test('a unit of more than 1 MiB ends the call before it is whole', async () => {
    const { send } = await hostile();
    const full = { hasMore: true, plaintext: new Uint8Array(16_384) };
    for (let count = 0; count < 64; count += 1) send(full);
    expect(() => send(full)).toThrow('too long');
  });

  test('unfinished units of all streams together have 4 MiB', async () => {
    const { side, send } = await hostile();
    for (let stream = 4; stream <= 10; stream += 2) {
      side.mux.receive(side.scheduler, control({ type: 'open', stream, protocol: 'test/1' }));
    }
    const full = { hasMore: true, plaintext: new Uint8Array(16_384) };
    for (let stream = 2; stream <= 8; stream += 2) {
      for (let count = 0; count < 64; count += 1) send({ ...full, stream });
    }
    expect(() => send({ ...full, stream: 10 })).toThrow('too many unfinished');
  });

  test('the 65th stream is refused, and ends nothing', async () => {
    const { side } = await hostile();
    for (let stream = 4; stream <= 130; stream += 2) {
      // No flood of messages: one in ten milliseconds.
      side.mux.receive(side.scheduler, control({ type: 'open', stream, protocol: 'test/1' }));
      if (stream === 66) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(side.channel.waiting.filter((text) => text.startsWith('accept'))).toHaveLength(63);
    expect(side.channel.waiting.at(-1)).toBe('refuse 130');
  });

  test('more than a hundred control messages a second end the call', async () => {
    const { side } = await hostile();
    const message = control({ type: 'key-frame', stream: 1 });
    const flood = (): void => {
      for (let count = 0; count < 101; count += 1) side.mux.receive(side.scheduler, message);
    };
    expect(flood).toThrow('flood');
  });

  test('answers that the peer never reads do not pile up', async () => {
    const { side } = await hostile();
    side.channel.hasCapacity = false;
    const pile = (): void => {
      for (let count = 0; count < 1_100; count += 1) {
        side.scheduler.sendControl({ type: 'key-frame', stream: 2 });
      }
    };
    expect(pile).toThrow(RangeError);
  });

  test('cannot be opened once the session is over', async () => {
    const pair = new MuxPair();
    await pair.settle();
    pair.host.mux.close();
    expect(() => openStream(pair.host)).toThrow(expect.objectContaining({ code: 'RK_CLOSED' }));
  });
});
