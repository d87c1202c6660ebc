import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { Admission } from '../../src/server/admission.js';
import { Gate, REFUSED } from '../../src/server/gate.js';
import { ask, enter, fate, openServer, tokenOf, webSocket } from './support.js';

const FORBIDDEN = 'Unexpected server response: 403';

describe('the gate', () => {
  it('lets a page in by its token, and again by the secret that it got', async () => {
    const { server, pages } = await openServer();
    const token = tokenOf(server.address());
    const first = await fate(webSocket(server), JSON.stringify({ token }));
    expect(first).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/) as string });
    const { secret } = first as { secret: string };
    expect(secret).not.toBe(token);
    expect(await fate(webSocket(server), JSON.stringify({ secret }))).toEqual({ secret });
    expect(await fate(webSocket(server), JSON.stringify({ secret }))).toEqual({ secret });
    expect(pages).toHaveLength(3);
  });

  it('takes a token once', async () => {
    const { server, pages } = await openServer();
    const first = JSON.stringify({ token: tokenOf(server.address()) });
    expect(await fate(webSocket(server), first)).toHaveProperty('secret');
    expect(await fate(webSocket(server), first)).toBe(REFUSED);
    expect(pages).toHaveLength(1);
  });

  it('gives a token for every further window, and tells them apart', async () => {
    const { server } = await openServer();
    const [one, two] = [server.address(), server.address()].map(tokenOf);
    expect(one).not.toBe(two);
    expect(await fate(webSocket(server), JSON.stringify({ token: two }))).toHaveProperty('secret');
    expect(await fate(webSocket(server), JSON.stringify({ token: one }))).toHaveProperty('secret');
  });

  it.each([
    ['a token of somebody’s making', JSON.stringify({ token: 'A'.repeat(43) })],
    ['an empty token', JSON.stringify({ token: '' })],
    ['a secret of somebody’s making', JSON.stringify({ secret: 'A'.repeat(43) })],
    ['a hello', JSON.stringify({ hello: { codecs: [] } })],
    ['nothing', JSON.stringify({})],
    ['no JSON', 'token'],
    ['an empty text', ''],
    ['bytes', new TextEncoder().encode('{"token":""}')],
  ])('refuses %s', async (_what, first) => {
    const { server, pages } = await openServer();
    expect(await fate(webSocket(server), first)).toBe(REFUSED);
    expect(pages).toHaveLength(0);
  });

  it('refuses a token in the place of a secret, also the right one', async () => {
    const { server } = await openServer();
    const secret = tokenOf(server.address());
    expect(await fate(webSocket(server), JSON.stringify({ secret }))).toBe(REFUSED);
  });

  it('refuses a token that comes with something else, and bytes that bear one', async () => {
    const { server } = await openServer();
    const token = tokenOf(server.address());
    const both = JSON.stringify({ token, secret: token });
    expect(await fate(webSocket(server), both)).toBe(REFUSED);
    const bytes = new TextEncoder().encode(JSON.stringify({ token }));
    expect(await fate(webSocket(server), bytes)).toBe(REFUSED);
    expect(await fate(webSocket(server), JSON.stringify({ token }))).toHaveProperty('secret');
  });

  it('gives no second try to the one who was refused', async () => {
    const { server, pages } = await openServer();
    const socket = webSocket(server);
    const token = tokenOf(server.address());
    socket.on('open', () => {
      socket.send(JSON.stringify({ token: 'wrong' }));
      socket.send(JSON.stringify({ token }));
    });
    expect(await once(socket, 'close')).toMatchObject({ 0: REFUSED });
    expect(pages).toHaveLength(0);
  });

  it.each([
    'http://roomkey.example',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost:PORT',
    'http://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT.roomkey.example',
    'null',
    'file://',
  ])('takes no WebSocket from a page of %s', async (name) => {
    const { server, pages } = await openServer();
    const origin = name.replace('PORT', String(server.port));
    const first = JSON.stringify({ token: tokenOf(server.address()) });
    expect(await fate(webSocket(server, { origin }), first)).toBe(FORBIDDEN);
    expect(pages).toHaveLength(0);
  });

  it('takes no WebSocket without an origin, by another name, or at another path', async () => {
    const { server, pages } = await openServer();
    const first = JSON.stringify({ token: tokenOf(server.address()) });
    const own = `http://127.0.0.1:${server.port}`;
    const rebound = `roomkey.example:${server.port}`;
    const sockets = [
      webSocket(server, { origin: undefined as unknown as string }),
      webSocket(server, { origin: own, headers: { Host: rebound } }),
      webSocket(server, { origin: `http://${rebound}`, headers: { Host: rebound } }),
      webSocket(server, {}, '/'),
      webSocket(server, {}, '/port/'),
      webSocket(server, {}, '/port?token=1'),
    ];
    for (const socket of sockets) expect(await fate(socket, first)).toBe(FORBIDDEN);
    expect(pages).toHaveLength(0);
  });

  it('lets the page of localhost in', async () => {
    const { server } = await openServer();
    const host = `localhost:${server.port}`;
    const socket = webSocket(server, { origin: `http://${host}`, headers: { Host: host } });
    const first = JSON.stringify({ token: tokenOf(server.address()) });
    expect(await fate(socket, first)).toHaveProperty('secret');
  });

  it('cuts a page that sends too much', async () => {
    const { server, nextPage } = await openServer();
    const [app, page] = await Promise.all([nextPage(), enter(server)]);
    const closed = new Promise<void>((resolve) => app.onClose(resolve));
    page.send(new Uint8Array(4 * 1024 * 1024 + 1));
    await closed;
  });

  it('cuts the oldest of many who say nothing, and still lets a page in', async () => {
    const { server } = await openServer();
    const silent = [];
    for (let n = 0; n < 16; n += 1) {
      const socket = webSocket(server);
      await once(socket, 'open');
      silent.push(socket);
    }
    const cut = once(silent[0]!, 'close');
    await enter(server);
    await cut;
    expect(silent.slice(1).map(({ readyState }) => readyState)).toEqual(Array(15).fill(1));
  });

  it('cuts the oldest of many connections that ask for nothing, and still serves the page', async () => {
    const { server, nextPage } = await openServer();
    const [app, page] = await Promise.all([nextPage(), enter(server)]);
    const silent: Socket[] = [];
    for (let n = 0; n < 64; n += 1) {
      const socket = connect(server.port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      silent.push(socket);
    }
    const cut = once(silent[0]!.resume(), 'close');
    expect((await ask(server, '/')).status).toBe(200);
    await cut;
    // A page that is in is none of them.
    const heard = new Promise((resolve) => app.onMessage(resolve));
    page.send('still here');
    expect(await heard).toBe('still here');
    await enter(server);
    expect(silent[63]!.destroyed).toBe(false);
  });

  it('speaks without compression, which would tell of what is in a message', async () => {
    const { server } = await openServer();
    const socket = webSocket(server, { perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
  });

  it('cuts all pages when it is closed', async () => {
    const { server, nextPage } = await openServer();
    const [, page] = await Promise.all([nextPage(), enter(server)]);
    const stranger = webSocket(server);
    await once(stranger, 'open');
    const closed = [
      new Promise<void>((resolve) => page.onClose(resolve)),
      once(stranger, 'close'),
      server.close(),
      server.close(),
    ];
    await Promise.all(closed);
  });
});

describe('the first message', () => {
  it('has a time limit, and only that one has', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const admission = new Admission();
    const gate = new Gate(admission, () => undefined);
    const meet = () => {
      const socket = Object.assign(new EventEmitter(), { terminate: vi.fn(), send: vi.fn() });
      gate.meet(socket as unknown as WebSocket);
      return socket;
    };
    const silent = meet();
    const page = meet();
    const first = JSON.stringify({ token: admission.issueToken() });
    page.emit('message', Buffer.from(first), false);
    vi.advanceTimersByTime(9_999);
    expect(silent.terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(silent.terminate).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(page.terminate).not.toHaveBeenCalled();
  });
});
