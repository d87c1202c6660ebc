import { describe, expect, test } from 'vitest';
import { MuxPair, openStream, recordingHandlers, sendUnit } from './mux-pair.js';

describe('the policy “latest”', () => {
  async function open() {
    const pair = new MuxPair();
    await pair.settle();
    const handlers = recordingHandlers();
    const stream = openStream(pair.host, { handlers });
    await pair.settle();
    handlers.log.length = 0;
    return { pair, stream, handlers, sink: pair.guest.sinks[0]! };
  }

  test('sends two units without an acknowledgement, and lets one wait', async () => {
    const { pair, stream } = await open();
    for (const mark of [1, 2, 3]) expect(sendUnit(stream, mark)).toBe(true);
    expect(pair.host.channel.waiting).toEqual(['data 2', 'data 2']);
    expect(stream.capacity).toBe(0);
  });

  test('keeps the newest of those that wait, and says that one was dropped', async () => {
    const { pair, stream, sink } = await open();
    for (const mark of [1, 2, 3]) sendUnit(stream, mark);
    expect(sendUnit(stream, 4)).toBe(false);
    await pair.settle();
    expect(sink.marks).toEqual([1, 2, 4]);
    expect(stream.counts).toEqual({ sent: 3, dropped: 1, bytes: 300 });
  });

  test('numbers units without gaps, also where one was dropped', async () => {
    const { pair, stream, sink } = await open();
    for (const mark of [1, 2, 3, 4]) sendUnit(stream, mark);
    await pair.settle();
    const numbers = sink.units.map((unit) =>
      new DataView(unit.buffer, unit.byteOffset).getUint32(4),
    );
    expect(numbers).toEqual([0, 1, 2]);
  });

  test('waits for a sink that does not take what came', async () => {
    const { pair, stream, sink, handlers } = await open();
    sink.takes = false;
    sendUnit(stream, 1);
    sendUnit(stream, 2);
    await pair.settle();
    // Received in whole, and the link is idle.
    expect(sink.units).toHaveLength(2);
    expect(stream.capacity).toBe(0);
    sendUnit(stream, 3);
    await pair.settle();
    expect(sink.units).toHaveLength(2);
    handlers.log.length = 0;
    sink.stream.consume();
    await pair.settle();
    expect(sink.marks).toEqual([1, 2, 3]);
    sink.stream.consume();
    await pair.settle();
    expect(handlers.log).toContain('ready');
    expect(stream.capacity).toBe(1);
  });

  test('has more on the way where the round trip is longer than the interval', async () => {
    const { pair, stream } = await open();
    // 100 ms there and back, pictures every 33 ms: one and four more.
    for (let count = 0; count < 8; count += 1) {
      sendUnit(stream, count);
      pair.deliver(pair.host, pair.guest);
      pair.time.ms += 100;
      await pair.settle(0);
    }
    expect(stream.capacity).toBe(5);
    for (let count = 0; count < 12; count += 1) sendUnit(stream, count);
    expect(pair.host.channel.records).toHaveLength(5);
  });

  test('has no more than eight on the way, however long the round trip', async () => {
    const { pair, stream } = await open();
    sendUnit(stream, 1);
    pair.time.ms += 5_000;
    await pair.settle(0);
    expect(stream.capacity).toBe(8);
  });

  test('sends nothing to a sink that holds two, however long the round trip', async () => {
    const { pair, stream, sink } = await open();
    sendUnit(stream, 1);
    pair.time.ms += 5_000;
    await pair.settle(0);
    sink.takes = false;
    sendUnit(stream, 2);
    pair.time.ms += 5_000;
    await pair.settle(0);
    expect(stream.capacity).toBe(7);
    sendUnit(stream, 3);
    pair.time.ms += 5_000;
    await pair.settle(0);
    expect(stream.capacity).toBe(0);
  });

  test('may end while a unit waits, which is dropped', async () => {
    const { pair, stream, sink } = await open();
    for (const mark of [1, 2, 3]) sendUnit(stream, mark);
    stream.end('stopped');
    await pair.settle();
    expect(sink.marks).toEqual([1, 2]);
    expect(stream.counts.dropped).toBe(1);
  });
});

describe('the policy “timed”', () => {
  async function open() {
    const pair = new MuxPair();
    await pair.settle();
    pair.guest.answer = { trafficClass: 'audio' };
    const stream = openStream(pair.host, { trafficClass: 'audio', intervalMs: 20 });
    await pair.settle();
    return { pair, stream, sink: pair.guest.sinks[0]! };
  }

  test('sends every unit at once, without an acknowledgement', async () => {
    const { pair, stream, sink } = await open();
    for (let mark = 0; mark < 10; mark += 1) sendUnit(stream, mark);
    expect(pair.host.channel.waiting).toHaveLength(10);
    pair.deliver(pair.host, pair.guest);
    expect(sink.marks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('has at most 200 ms on the way, and drops what waited longer than that, oldest first', async () => {
    const { pair, stream, sink } = await open();
    // A stall of three seconds: 150 units of 20 ms.
    for (let mark = 0; mark < 150; mark += 1) {
      sendUnit(stream, mark);
      pair.time.ms += 20;
    }
    expect(pair.host.channel.waiting).toHaveLength(10);
    await pair.settle(0);
    const marks = sink.marks as number[];
    expect(marks.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // What is left is the newest 200 ms.
    expect(marks[10]).toBeGreaterThanOrEqual(139);
    expect(marks.at(-1)).toBe(149);
    expect(stream.counts.sent + stream.counts.dropped).toBe(150);
  });

  test('keeps no more than that either for a peer that does not accept it', async () => {
    const pair = new MuxPair();
    await pair.settle();
    const stream = openStream(pair.host, { trafficClass: 'audio', intervalMs: 20 });
    for (let mark = 0; mark < 1_000; mark += 1) {
      sendUnit(stream, mark);
      pair.time.ms += 20;
    }
    expect(stream.counts.dropped).toBeGreaterThan(980);
  });

  test('does not wait for a sink', async () => {
    const { pair, stream, sink } = await open();
    sink.takes = false;
    for (let mark = 0; mark < 30; mark += 1) {
      sendUnit(stream, mark);
      await pair.settle(0);
    }
    expect(sink.units).toHaveLength(30);
  });
});

describe('the policy “ordered”', () => {
  async function open() {
    const pair = new MuxPair();
    await pair.settle();
    pair.guest.answer = { trafficClass: 'messages' };
    const handlers = recordingHandlers();
    const stream = openStream(pair.host, { trafficClass: 'messages', intervalMs: 0, handlers });
    await pair.settle();
    return { pair, stream, handlers, sink: pair.guest.sinks[0]! };
  }

  test('delivers everything, in order', async () => {
    const { pair, stream, sink } = await open();
    const marks = Array.from({ length: 200 }, (_, mark) => mark);
    for (const mark of marks) sendUnit(stream, mark, 1_000);
    await pair.settle();
    expect(sink.marks).toEqual(marks);
    expect(stream.counts.dropped).toBe(0);
  });

  test('tells its writer to wait, and when to go on', async () => {
    const { pair, stream, handlers, sink } = await open();
    sink.takes = false;
    let sent = 0;
    for (let round = 0; round < 10; round += 1) {
      while (stream.capacity > 0) sendUnit(stream, (sent += 1) % 256, 50_000);
      await pair.settle();
    }
    // As many as fit into 2 MiB arrived; 256 KiB wait here, and their writer too.
    expect(sink.units).toHaveLength(41);
    expect(sent).toBe(41 + 6);
    handlers.log.length = 0;
    for (let count = 0; count < 41; count += 1) sink.stream.consume();
    await pair.settle();
    expect(sink.units.length).toBe(sent);
    expect(handlers.log).toContain('ready');
  });

  test('takes no more than 4 MiB from a writer that does not wait', async () => {
    const { stream } = await open();
    const push = (): void => {
      for (let count = 0; count < 100; count += 1) sendUnit(stream, 1, 100_000);
    };
    expect(push).toThrow('has to wait');
  });

  test('takes the largest unit', async () => {
    const { pair, stream, sink } = await open();
    // With the header of any layout it has at most 1 MiB.
    const largest = (1 << 20) - 20;
    sendUnit(stream, 1, largest);
    await pair.settle();
    expect(sink.units[0]).toHaveLength(16 + largest);
    expect(() => sendUnit(stream, 1, largest + 1)).toThrow('too large');
  });
});
