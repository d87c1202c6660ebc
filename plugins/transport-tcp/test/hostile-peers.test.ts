import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection, Listener } from '@roomkey/core';
import { createTransport, RecordingLogger } from './support.js';

/** The messages and the end that the receiver of a connection got. */
interface Heard {
  readonly connection: Connection;
  readonly messages: string[];
  /** Resolves with the reason's code, or `none`. */
  readonly ended: Promise<string>;
}

const opened: { sockets: Socket[]; listeners: Listener[]; connections: Connection[] } = {
  sockets: [],
  listeners: [],
  connections: [],
};

afterEach(async () => {
  for (const socket of opened.sockets.splice(0)) socket.destroy();
  await Promise.all(opened.connections.splice(0).map(cut));
  await Promise.all(opened.listeners.splice(0).map((listener) => listener.close()));
});

async function cut(connection: Connection): Promise<void> {
  connection.abort();
  await connection.close();
}

/** A listener, and a function to send it raw bytes. */
async function host(
  onMessage: (message: string, connection: Connection) => void = () => undefined,
) {
  const log = new RecordingLogger();
  const heard: Heard[] = [];
  const callers = new EventEmitter().setMaxListeners(0);
  const listener = await createTransport({}, log).listen({
    onConnection: (connection) => {
      const messages: string[] = [];
      const ended = new Promise<string>((resolve) => {
        connection.receive({
          onMessage: (bytes) => {
            const message = Buffer.from(bytes).toString('latin1');
            messages.push(message);
            onMessage(message, connection);
          },
          onEnd: (reason) =>
            resolve(reason === undefined ? 'none' : (reason as Error & { code: string }).code),
        });
      });
      opened.connections.push(connection);
      heard.push({ connection, messages, ended });
      callers.emit('one');
    },
  });
  opened.listeners.push(listener);
  const call = async () => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined); // we reset them
    const closed = new Promise((resolve) => socket.once('close', resolve));
    opened.sockets.push(socket);
    await once(socket, 'connect');
    for (;;) {
      const us = heard.find(({ connection }) => connection.remote.port === socket.localPort);
      if (us !== undefined) return { socket, us, closed };
      await once(callers, 'one');
    }
  };
  return { call, log, heard };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function framed(message: string): Buffer {
  return Buffer.concat([u32(message.length), Buffer.from(message, 'latin1')]);
}

describe('a hostile peer', () => {
  it.each([1_025, 65_536, 2 ** 20, 2 ** 31, 2 ** 32 - 1])(
    'that claims %d bytes is cut at once',
    async (length) => {
      const { call } = await host();
      const { socket, us, closed } = await call();
      socket.write(Buffer.concat([framed('hello'), u32(length)]));
      expect(await us.ended).toBe('RK_TRANSPORT_MESSAGE_TOO_LARGE');
      expect(us.messages).toEqual(['hello']);
      await closed;
    },
  );

  it('that sends only empty messages does no harm', async () => {
    const { call } = await host();
    const { socket, us } = await call();
    socket.end(Buffer.alloc(4 * 1_000));
    expect(await us.ended).toBe('none');
    expect(us.messages).toEqual(new Array(1_000).fill(''));
  });

  it('that sends byte by byte is read correctly', async () => {
    const { call } = await host();
    const { socket, us } = await call();
    for (const byte of Buffer.concat([framed('a'), framed(''), framed('long enough')])) {
      socket.write(Uint8Array.of(byte));
      await turn();
    }
    socket.end();
    expect(await us.ended).toBe('none');
    expect(us.messages).toEqual(['a', '', 'long enough']);
  });

  it.each([1, 2, 3, 4, 5, 8])('that ends after %d bytes breaks the connection', async (count) => {
    const { call } = await host();
    const { socket, us } = await call();
    socket.end(Buffer.concat([framed('whole'), framed('torn!').subarray(0, count)]));
    expect(await us.ended).toBe('RK_TRANSPORT_BROKEN');
    expect(us.messages).toEqual(['whole']);
  });

  it('that ends between messages ends the connection', async () => {
    const { call } = await host();
    const { socket, us, closed } = await call();
    socket.end(framed('whole'));
    expect(await us.ended).toBe('none');
    expect(us.messages).toEqual(['whole']);
    await closed;
  });

  it('that resets breaks the connection', async () => {
    const { call } = await host();
    const { socket, us } = await call();
    socket.resetAndDestroy();
    expect(await us.ended).toBe('RK_TRANSPORT_BROKEN');
  });

  it('that half-closes and continues to read gets nothing more and is closed', async () => {
    const { call } = await host();
    const { socket, us } = await call();
    const ended = once(socket, 'end');
    socket.allowHalfOpen = true;
    socket.resume();
    socket.end();
    expect(await us.ended).toBe('none');
    expect(us.connection.send([Buffer.from('x')])).toBe(false);
    await ended;
  });

  it('that continues to send after our close is ignored and does not delay us', async () => {
    const { call } = await host((_, connection) => void connection.close());
    const { socket, us } = await call();
    socket.write(Buffer.concat([framed('1'), framed('2'), framed('3')]));
    expect(await us.ended).toBe('none');
    await us.connection.close();
    expect(us.messages).toEqual(['1']);
  });

  it('whose messages make our receiver throw is cut, and this is logged', async () => {
    const { call, log } = await host((message) => {
      if (message === 'bad') throw new Error('a fault');
    });
    const bad = await call();
    const good = await call();
    bad.socket.write(Buffer.concat([framed('bad'), framed('more')]));
    expect(await bad.us.ended).toBe('RK_TRANSPORT_BROKEN');
    good.socket.end(framed('good'));
    expect(await good.us.ended).toBe('none');
    expect(log.lines).toEqual(['error A message handler failed; its connection is cut.']);
  });
});

describe('1,000 idle connections', () => {
  it('cost little, and do not block new ones', async () => {
    const { call, heard } = await host();
    const before = process.memoryUsage();
    for (let i = 0; i < 50; i += 1) {
      const batch = await Promise.all(Array.from({ length: 20 }, call));
      // Each claims the largest allowed message, and sends none of it.
      for (const { socket } of batch) socket.write(u32(1_024));
    }
    const { us, socket } = await call();
    socket.end(framed('still here'));
    expect(await us.ended).toBe('none');
    expect(us.messages).toEqual(['still here']);
    expect(heard.length).toBe(1_001);
    const after = process.memoryUsage();
    const buffers = after.arrayBuffers - before.arrayBuffers;
    expect(buffers).toBeLessThan(1_000 * 4_096);
  });
});
