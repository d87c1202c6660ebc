import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Port } from '../../src/messages/index.js';

/** Both ends of what carries messages between page and app. */
export interface PortPair {
  readonly page: Port;
  readonly app: Port;
  /** Gives back what the ports need beside them. */
  readonly dispose?: () => Promise<void> | void;
}

type Message = string | Uint8Array;

/** What every `Port` must do, whatever carries it. @param makePair called for every test */
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

    test.each(['to the app', 'to the page'])('text and bytes come as sent, %s', async (way) => {
      const { page, app } = await pair();
      const [from, to] = way === 'to the app' ? [page, app] : [app, page];
      const sent = ['{"id":0}', '', 'Zoë 👋\u0000', Uint8Array.of(), Uint8Array.of(0, 255, 128)];
      const heard = collect(to);
      for (const message of sent) from.send(message);
      expect(await heard.first(sent.length)).toEqual(sent);
    });

    test('keep their order, whatever their kind and size', async () => {
      const { page, app } = await pair();
      const sent = Array.from({ length: 200 }, (_, index): Message =>
        index % 3 === 0 ? new Uint8Array((index * 499) % 70_000).fill(index) : String(index),
      );
      const heard = collect(page);
      for (const message of sent) app.send(message);
      expect((await heard.first(sent.length)).map(summary)).toEqual(sent.map(summary));
    });

    test('a large picture comes whole, and nothing of what lies around it', async () => {
      const { page, app } = await pair();
      const memory = new Uint8Array(1024 * 1024 + 64).map((_, index) => index * 7);
      const picture = memory.subarray(32, memory.length - 32);
      const heard = collect(page);
      app.send(picture);
      const [message] = await heard.first(1);
      expect(summary(message ?? '')).toBe(summary(picture));
    });

    test('messages wait for the listener', async () => {
      const { page, app } = await pair();
      app.send('one');
      app.send(Uint8Array.of(2));
      page.send('question');
      // By the time that this is there, so is what was sent the other way.
      expect(await collect(app).first(1)).toEqual(['question']);
      expect(await collect(page).first(2)).toEqual(['one', Uint8Array.of(2)]);
    });

    test('what waits for the app’s listener comes first', async () => {
      const { page, app } = await pair();
      const atPage = collect(page);
      page.send('hello');
      page.send('request');
      app.send('ping');
      await atPage.first(1);
      expect(await collect(app).first(2)).toEqual(['hello', 'request']);
    });

    test('pending bytes are told, and none are left when all was taken', async () => {
      const { page, app } = await pair();
      expect(app.pendingBytes).toBe(0);
      const heard = collect(page);
      // A system takes some bytes at once; the other end reads none before this is through.
      let sent = 0;
      for (; app.pendingBytes === 0 && sent < 64; sent += 1) app.send(new Uint8Array(1 << 20));
      expect(app.pendingBytes).toBeGreaterThan(0);
      await heard.first(sent);
      // What is taken may be told by a message of the port's own, which comes before this one.
      page.send('answer');
      await collect(app).first(1);
      await expect.poll(() => app.pendingBytes, { interval: 5, timeout: 20_000 }).toBe(0);
    });

    test.each(['page', 'app'] as const)('when the %s closes, both are told once', async (who) => {
      const ports = await pair();
      const told: string[] = [];
      const both = ['page', 'app'] as const;
      const closed = both.map(
        (end) =>
          new Promise<void>((resolve) => {
            ports[end].onMessage(() => told.push(`message at ${end}`));
            ports[end].onClose(() => {
              told.push(end);
              resolve();
            });
          }),
      );
      ports[who].close();
      ports[who].close();
      ports[who].send('too late');
      await Promise.all(closed);
      for (const end of both) {
        ports[end].send('nobody hears it');
        ports[end].close();
      }
      // Whatever else there was to tell comes before this.
      await new Promise((resolve) => setImmediate(resolve));
      expect(told.sort()).toEqual(['app', 'page']);
    });

    test('what was sent before the close arrives', async () => {
      const { page, app } = await pair();
      const heard = collect(page);
      app.send('goodbye');
      app.close();
      expect(await heard.first(1)).toEqual(['goodbye']);
    });

    test('who closed hears nothing of what was on its way', async () => {
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

    test('who asks after the end is told at once', async () => {
      const { page, app } = await pair();
      page.onMessage(() => undefined);
      const closed = new Promise<void>((resolve) => page.onClose(resolve));
      app.close();
      await closed;
      await new Promise<void>((resolve) => app.onClose(resolve));
    });
  });
}

/** Bytes by their hash: to compare them one by one takes seconds. */
function summary(message: Message): string {
  if (typeof message === 'string') return message;
  return `${message.length} bytes, ${createHash('sha256').update(message).digest('hex')}`;
}

/** Listens from now on. */
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
