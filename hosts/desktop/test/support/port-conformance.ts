import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Port } from '../../src/messages/index.js';

/** Both ends of a port. */
export interface PortPair {
  readonly page: Port;
  readonly app: Port;
  /** Releases resources of the ports. */
  readonly dispose?: () => Promise<void> | void;
}

type Message = string | Uint8Array;

/** Tests for every implementation of `Port`. @param makePair called for each test */
export function portConformance(name: string, makePair: () => Promise<PortPair> | PortPair): void {
  describe(`${name} is a port`, () => {
    const pair = async (): Promise<PortPair> => {
      const made = await makePair();
      onTestFinished(async () => {
        made.page.close();
        made.app.close();
        await made.dispose?.();
      });
      return made;
    };

    test.each(['to the app', 'to the page'])('text and bytes arrive as sent, %s', async (way) => {
      const { page, app } = await pair();
      const [from, to] = way === 'to the app' ? [page, app] : [app, page];
      const sent = ['{"id":0}', '', 'Zoë 👋\u0000', Uint8Array.of(), Uint8Array.of(0, 255, 128)];
      const heard = collect(to);
      for (const message of sent) from.send(message);
      expect(await heard.first(sent.length)).toEqual(sent);
    });

    test('messages keep their order, whatever their kind and size', async () => {
      const { page, app } = await pair();
      const sent = Array.from({ length: 200 }, (_, index): Message =>
        index % 3 === 0 ? new Uint8Array((index * 499) % 70_000).fill(index) : String(index),
      );
      const heard = collect(page);
      for (const message of sent) app.send(message);
      expect((await heard.first(sent.length)).map(summary)).toEqual(sent.map(summary));
    });

    test('a large view arrives whole, without the rest of its buffer', async () => {
      const { page, app } = await pair();
      const memory = new Uint8Array(1024 * 1024 + 64).map((_, index) => index * 7);
      const picture = memory.subarray(32, memory.length - 32);
      const heard = collect(page);
      app.send(picture);
      const [message] = await heard.first(1);
      expect(summary(message ?? '')).toBe(summary(picture));
    });

    test('messages are queued for the listener', async () => {
      const { page, app } = await pair();
      app.send('one');
      app.send(Uint8Array.of(2));
      page.send('question');
      // When this has arrived, so have the messages sent the other way.
      expect(await collect(app).first(1)).toEqual(['question']);
      expect(await collect(page).first(2)).toEqual(['one', Uint8Array.of(2)]);
    });

    test('messages queued for the app’s listener come first', async () => {
      const { page, app } = await pair();
      const atPage = collect(page);
      page.send('hello');
      page.send('request');
      app.send('ping');
      await atPage.first(1);
      expect(await collect(app).first(2)).toEqual(['hello', 'request']);
    });

    test('pending bytes are counted, and reach zero when everything is read', async () => {
      const { page, app } = await pair();
      expect(app.pendingBytes).toBe(0);
      const heard = collect(page);
      // The system buffers some bytes; the other end reads none before this loop ends.
      let sent = 0;
      for (; app.pendingBytes === 0 && sent < 64; sent += 1) app.send(new Uint8Array(1 << 20));
      expect(app.pendingBytes).toBeGreaterThan(0);
      await heard.first(sent);
      // Acknowledgements come before this message.
      page.send('answer');
      await collect(app).first(1);
      await expect.poll(() => app.pendingBytes, { interval: 5, timeout: 20_000 }).toBe(0);
    });

    test.each(['page', 'app'] as const)(
      'when the %s closes, onClose is called once on both sides',
      async (who) => {
        const ports = await pair();
        const calls: string[] = [];
        const both = ['page', 'app'] as const;
        const closed = both.map(
          (end) =>
            new Promise<void>((resolve) => {
              ports[end].onMessage(() => calls.push(`message at ${end}`));
              ports[end].onClose(() => {
                calls.push(end);
                resolve();
              });
            }),
        );
        ports[who].close();
        ports[who].close();
        ports[who].send('too late');
        await Promise.all(closed);
        for (const end of both) {
          ports[end].send('not delivered');
          ports[end].close();
        }
        // Any other event comes before this.
        await new Promise((resolve) => setImmediate(resolve));
        expect(calls.sort()).toEqual(['app', 'page']);
      },
    );

    test('a message sent before the close arrives', async () => {
      const { page, app } = await pair();
      const heard = collect(page);
      app.send('goodbye');
      app.close();
      expect(await heard.first(1)).toEqual(['goodbye']);
    });

    test('the closing side drops messages in flight', async () => {
      const { page, app } = await pair();
      const heard: Message[] = [];
      app.onMessage((message) => {
        heard.push(message);
        app.close();
      });
      const closed = new Promise<void>((resolve) => page.onClose(resolve));
      page.onMessage(() => undefined);
      for (const message of ['one', 'two', 'three']) page.send(message);
      await closed;
      expect(heard).toEqual(['one']);
    });

    test('onClose after the end is called at once', async () => {
      const { page, app } = await pair();
      page.onMessage(() => undefined);
      const closed = new Promise<void>((resolve) => page.onClose(resolve));
      app.close();
      await closed;
      await new Promise<void>((resolve) => app.onClose(resolve));
    });
  });
}

/** Bytes as a hash: comparing them one by one takes seconds. */
function summary(message: Message): string {
  if (typeof message === 'string') return message;
  return `${message.length} bytes, ${createHash('sha256').update(message).digest('hex')}`;
}

/** Collects messages from now on. */
function collect(port: Port): { first(count: number): Promise<Message[]> } {
  const messages: Message[] = [];
  let wake = (): void => undefined;
  port.onMessage((message) => {
    messages.push(typeof message === 'string' ? message : Uint8Array.from(message));
    wake();
  });
  return {
    first: async (count) => {
      while (messages.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return messages.slice(0, count);
    },
  };
}
