import { describe, expect, test } from 'vitest';
import { RecordType } from '../../src/secure/records.js';
import type { TrafficClass } from '../../src/streams/traffic-class.js';
import { MuxPair, openStream, sendUnit } from './mux-pair.js';

/** A host whose streams, one of each class, are open; the transport takes nothing for now. */
async function openAll(classes: readonly TrafficClass[]) {
  const pair = new MuxPair();
  await pair.settle();
  const streams = [];
  for (const trafficClass of classes) {
    pair.guest.answer = { trafficClass };
    streams.push(openStream(pair.host, { trafficClass }));
    await pair.settle();
  }
  pair.host.channel.hasCapacity = false;
  return { pair, streams };
}

function release(pair: MuxPair): string[] {
  pair.host.channel.hasCapacity = true;
  pair.host.scheduler.pump();
  return pair.host.channel.waiting;
}

describe('what goes out next', () => {
  test('control, sound, messages, video and files, in this order', async () => {
    const classes = ['files', 'video', 'messages', 'audio'] as const;
    const { pair, streams } = await openAll(classes);
    for (const stream of streams) sendUnit(stream, 1);
    pair.host.scheduler.sendControl({ type: 'key-frame', stream: 9 });
    expect(release(pair)).toEqual(['key-frame 9', 'data 8', 'data 6', 'data 4', 'data 2']);
  });

  test('sound goes out between the fragments of a picture', async () => {
    const { pair, streams } = await openAll(['video', 'audio']);
    const [video, audio] = streams;
    pair.host.channel.hasCapacity = true;
    sendUnit(video!, 1, 300_000);
    // As much as the link holds is out.
    expect(pair.host.channel.waiting).toEqual(Array<string>(4).fill('data 2+'));
    sendUnit(audio!, 2);
    expect(pair.host.channel.waiting.at(-1)).toBe('data 2+');
    pair.deliver(pair.host, pair.guest, 2);
    await new Promise((resolve) => setImmediate(resolve));
    pair.deliver(pair.guest, pair.host);
    expect(pair.host.channel.waiting.slice(2, 4)).toEqual(['data 4', 'data 2+']);
  });

  test('camera and screen take turns, fragment by fragment', async () => {
    const { pair, streams } = await openAll(['video', 'video']);
    for (const stream of streams) sendUnit(stream, 1, 30_000);
    expect(release(pair)).toEqual(['data 2+', 'data 4+', 'data 2', 'data 4']);
  });

  test('files use half of what may be on the way', async () => {
    const { pair, streams } = await openAll(['files', 'video']);
    const [files, video] = streams;
    sendUnit(files!, 1, 500_000);
    expect(release(pair)).toEqual(Array<string>(2).fill('data 2+'));
    sendUnit(video!, 1, 500_000);
    expect(pair.host.channel.waiting.slice(2)).toEqual(Array<string>(2).fill('data 4+'));
  });

  test('nothing goes out while the transport takes nothing, and nothing is lost', async () => {
    const { pair, streams } = await openAll(['video']);
    sendUnit(streams[0]!, 1);
    expect(pair.host.channel.records).toEqual([]);
    release(pair);
    await pair.settle();
    expect(pair.guest.sinks[0]?.marks).toEqual([1]);
  });

  test('no more than 64 KiB is on the way before anything is known of the link', async () => {
    const { pair, streams } = await openAll(['video']);
    pair.host.channel.hasCapacity = true;
    sendUnit(streams[0]!, 1, 1_000_000);
    const bytes = pair.host.channel.records.reduce(
      (sum, { plaintext }) => sum + plaintext.length,
      0,
    );
    expect(bytes).toBe(64 * 1024);
  });

  test('a link that holds more is filled after a few round trips', async () => {
    const { pair, streams } = await openAll(['video']);
    pair.host.channel.hasCapacity = true;
    const onTheWay: number[] = [];
    for (let count = 0; count < 60; count += 1) {
      sendUnit(streams[0]!, count, 1_000_000);
      onTheWay.push(pair.host.channel.records.length);
      pair.time.ms += 5;
      pair.deliver(pair.host, pair.guest);
      await new Promise((resolve) => setImmediate(resolve));
      pair.time.ms += 5;
      pair.deliver(pair.guest, pair.host);
    }
    // From four fragments to whole pictures of 62.
    expect(onTheWay[0]).toBe(4);
    expect(Math.max(...onTheWay)).toBeGreaterThan(60);
  });

  test('a slow link is not filled with more than it carries in a round trip and a half', async () => {
    const { pair, streams } = await openAll(['video']);
    pair.host.channel.hasCapacity = true;
    let most = 0;
    // 16 KiB in 26 ms is 5 Mbit/s.
    for (let count = 0; count < 400; count += 1) {
      sendUnit(streams[0]!, count, 1_000_000);
      if (count > 50) most = Math.max(most, pair.host.channel.records.length);
      pair.time.ms += 26;
      pair.deliver(pair.host, pair.guest, 1);
      await new Promise((resolve) => setImmediate(resolve));
      pair.deliver(pair.guest, pair.host);
    }
    // 64 KiB are at least allowed; a queue of round trips would grow to many times that.
    expect(most).toBeLessThanOrEqual(7);
  });
});

describe('acknowledgements', () => {
  test('one answers all units that came together', async () => {
    const { pair, streams } = await openAll(['audio']);
    pair.host.channel.hasCapacity = true;
    for (let mark = 0; mark < 9; mark += 1) sendUnit(streams[0]!, mark);
    pair.deliver(pair.host, pair.guest);
    await new Promise((resolve) => setImmediate(resolve));
    expect(pair.guest.channel.waiting).toEqual(['ack 2']);
  });

  test('come every 32 KiB inside a large unit', async () => {
    const { pair, streams } = await openAll(['video']);
    pair.host.channel.hasCapacity = true;
    sendUnit(streams[0]!, 1, 500_000);
    const acknowledged: number[] = [];
    for (let fragment = 1; fragment <= 4; fragment += 1) {
      pair.deliver(pair.host, pair.guest, 1);
      await new Promise((resolve) => setImmediate(resolve));
      if (pair.guest.channel.records.length > 0) acknowledged.push(fragment);
      pair.guest.channel.records.length = 0;
    }
    expect(acknowledged).toEqual([2, 4]);
  });

  test('the newest waits while the transport takes nothing, not one a unit', async () => {
    const { pair, streams } = await openAll(['audio']);
    pair.host.channel.hasCapacity = true;
    pair.guest.channel.hasCapacity = false;
    for (let mark = 0; mark < 9; mark += 1) {
      sendUnit(streams[0]!, mark);
      pair.deliver(pair.host, pair.guest);
      await new Promise((resolve) => setImmediate(resolve));
    }
    pair.guest.channel.hasCapacity = true;
    pair.guest.scheduler.pump();
    expect(pair.guest.channel.records.map(({ type }) => type)).toEqual([
      RecordType.acknowledgement,
    ]);
  });
});
