import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MessageReader, type MessageSink } from '../src/message-reader.js';

/** A reader fed like a socket would, and what it delivered. */
function reading(limit: number, sink: Partial<MessageSink> = {}) {
  const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow').mockClear();
  const reader = new MessageReader();
  reader.maxMessageBytes = limit;
  const messages: Buffer[] = [];
  const tooLarge: number[] = [];
  reader.deliverTo({
    isReading: () => tooLarge.length === 0,
    onMessage: (message) => void messages.push(Buffer.from(message)),
    onTooLarge: (length) => void tooLarge.push(length),
    ...sink,
  });
  return {
    reader,
    messages,
    tooLarge,
    /** @param atOnce maximum bytes per chunk */
    feed: (bytes: Uint8Array, atOnce = Math.max(1, bytes.length)) => {
      for (let at = 0; at < bytes.length; at += atOnce) {
        reader.add(Buffer.from(bytes.subarray(at, at + atOnce)));
      }
    },
    /** The largest buffer that the reader has allocated for a message that spans chunks. */
    held: () => Math.max(0, ...allocated.mock.calls.map(([size]) => size)),
  };
}

function framed(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      return [length, message];
    }),
  );
}

describe('MessageReader', () => {
  it('finds the messages however the stream is split', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 3_000, size: 'max' }), { maxLength: 30 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 2_500 })), (sent, cuts) => {
        const { feed, messages, reader } = reading(3_000);
        const stream = framed(...sent);
        let at = 0;
        for (const cut of cuts) {
          feed(stream.subarray(at, at + cut));
          at += cut;
        }
        feed(stream.subarray(at));
        expect(messages.length).toBe(sent.length);
        messages.forEach((message, i) => expect(message.equals(sent[i]!)).toBe(true));
        expect(reader.isInsideMessage).toBe(false);
      }),
    );
  });

  it('accepts a message byte by byte', () => {
    const { feed, messages } = reading(1 << 20);
    const sent = Buffer.alloc(10_000, 7);
    feed(framed(sent), 1);
    expect(messages[0]?.equals(sent)).toBe(true);
  });

  it('knows whether a message is incomplete', () => {
    const { feed, reader } = reading(10);
    const stream = framed(Buffer.alloc(2));
    for (const [i, byte] of stream.entries()) {
      feed(Uint8Array.of(byte));
      expect(reader.isInsideMessage).toBe(i < stream.length - 1);
    }
  });

  it('rejects a length above the limit before any byte of the message', () => {
    for (const [limit, length] of [
      [1_024, 1_025],
      [0, 1],
      [1_024, 2 ** 32 - 1],
      [(1 << 20) + 32, (1 << 20) + 33],
    ] as const) {
      const { feed, tooLarge, messages, held } = reading(limit);
      const claim = Buffer.alloc(4);
      claim.writeUInt32BE(length);
      feed(claim);
      expect(tooLarge).toEqual([length]);
      expect(messages).toEqual([]);
      expect(held()).toBeLessThanOrEqual(1_028);
    }
  });

  it('allocates for received bytes, not for a claimed length', () => {
    const { feed, held } = reading(1 << 20);
    const claim = Buffer.alloc(4);
    claim.writeUInt32BE(1 << 20);
    feed(claim);
    expect(held()).toBeLessThanOrEqual(1_028);
    let sent = 4;
    while (sent < 1 << 19) {
      feed(Buffer.alloc(1_000));
      sent += 1_000;
      expect(held()).toBeLessThanOrEqual(Math.max(1_028, 2 * sent));
    }
  });

  it('stays small with a small limit, however much data arrives', () => {
    const { feed, held, messages } = reading(1_024);
    for (let i = 0; i < 1_000; i += 1) feed(framed(Buffer.alloc(1_024)), 700);
    expect(messages.length).toBe(1_000);
    expect(held()).toBe(1_028);
  });

  it('keeps what arrives while paused, and delivers it in order', () => {
    let isReading = false;
    const { feed, reader, messages } = reading(1_024, { isReading: () => isReading });
    feed(framed(Buffer.alloc(100, 1), Buffer.alloc(100, 2)), 70);
    expect(messages.length).toBe(0);
    expect(reader.isInsideMessage).toBe(true);
    isReading = true;
    reader.deliver();
    expect(messages.map((message) => message[0])).toEqual([1, 2]);
    expect(reader.isInsideMessage).toBe(false);
  });

  it('lends a view of the chunk, without a copy', () => {
    let lent: Uint8Array | undefined;
    const { feed, held, reader } = reading(1_024, { onMessage: (message) => (lent = message) });
    const chunk = framed(Buffer.from('first'));
    reader.add(chunk);
    chunk[4] = 'F'.charCodeAt(0);
    expect(Buffer.from(lent!).toString()).toBe('First');
    expect(held()).toBe(0);
    feed(framed(Buffer.from('split')), 6);
    expect(Buffer.from(lent!).toString()).toBe('split');
  });

  it('discards data without a receiver', () => {
    const { feed, reader, messages, held } = reading(1 << 20);
    reader.deliverTo(undefined);
    for (let i = 0; i < 100; i += 1) feed(Buffer.alloc(10_000, 1));
    expect(messages).toEqual([]);
    expect(held()).toBeLessThanOrEqual(1 << 19);
  });
});
