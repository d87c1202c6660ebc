import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { PageCloseCode, PageKey, randomKeyText } from '../../src/messages/index.js';
import { HEARTBEAT_MS, PageAuthenticator } from '../../src/server/page-authenticator.js';
import { PageTokens, TOKEN_LIFE_MS } from '../../src/server/page-tokens.js';
import {
  ask,
  enter,
  fate,
  nextJson,
  openServer,
  proveKey,
  secretOf,
  tokenOf,
  webSocket,
} from './support.js';

const FORBIDDEN = 'Unexpected server response: 403';
const HELLO = JSON.stringify({ key: randomKeyText(), nonce: randomKeyText() });

describe('the page authenticator', () => {
  it('accepts a page by its token, and later by the derived secret', async () => {
    const { server, pages } = await openServer();
    const token = tokenOf(await server.address());
    const secret = await secretOf(token, await proveKey(server, token));
    expect(secret).toMatch(/^[\w-]{43}$/);
    for (let times = 0; times < 2; times += 1) {
      expect(await proveKey(server, secret)).toHaveProperty('port');
    }
    expect(pages).toHaveLength(3);
  });

  it('never transmits a token or a secret', async () => {
    const { server } = await openServer();
    const token = tokenOf(await server.address());
    const sent: string[] = [];
    const socket = webSocket(server);
    await once(socket, 'open');
    const raw = (socket as unknown as { readonly _socket: Socket })._socket;
    raw.prependListener('data', (data: Buffer) => sent.push(data.toString('latin1')));
    const key = await PageKey.from(token);
    const page = randomKeyText();
    const first = JSON.stringify({ key: key.id, nonce: page });
    socket.send(first);
    const { nonce } = (await nextJson(socket)) as { nonce: string };
    const exchange = { page, app: nonce, host: server.host };
    const second = JSON.stringify({ proof: await key.prove('page', exchange) });
    socket.send(second);
    await nextJson(socket);
    const secret = await key.deriveSecret(exchange);
    expect(sent.join('')).toContain(nonce);
    for (const kept of [token, secret]) {
      expect([first, second, ...sent].join('\n')).not.toContain(kept);
    }
  });

  it('accepts a token once', async () => {
    const { server, pages } = await openServer();
    const token = tokenOf(await server.address());
    expect(await proveKey(server, token)).toHaveProperty('port');
    expect(await proveKey(server, token)).toBe(PageCloseCode.refused);
    expect(pages).toHaveLength(1);
  });

  it('accepts a token once, even if two pages show it at the same time', async () => {
    const { server, pages } = await openServer();
    const token = tokenOf(await server.address());
    const both = await Promise.all([proveKey(server, token), proveKey(server, token)]);
    expect(both.filter((one) => one === PageCloseCode.refused)).toHaveLength(1);
    expect(pages).toHaveLength(1);
  });

  it('accepts a token for ten minutes, then reports it as expired to its holder', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { server, pages, expired } = await openServer();
    const [early, late, used] = [
      tokenOf(await server.address()),
      tokenOf(await server.address()),
      tokenOf(await server.address()),
    ];
    const secret = await secretOf(used, await proveKey(server, used));
    vi.setSystemTime(Date.now() + TOKEN_LIFE_MS - 1);
    expect(await proveKey(server, early)).toHaveProperty('port');
    vi.setSystemTime(Date.now() + 1);
    expect(await proveKey(server, late)).toBe(PageCloseCode.expired);
    expect(expired()).toBe(1);
    // A peer that only knows its id learns nothing.
    const { id } = await PageKey.from(late);
    expect(await proveKey(server, randomKeyText(), { id })).toBe(PageCloseCode.refused);
    expect(expired()).toBe(1);
    // An authenticated page can be reloaded at any time.
    expect(await proveKey(server, secret)).toHaveProperty('port');
    expect(pages).toHaveLength(3);
  });

  it('issues distinct tokens for further windows', async () => {
    const { server } = await openServer();
    const one = tokenOf(await server.address());
    const two = tokenOf(await server.address());
    expect(one).not.toBe(two);
    expect(await proveKey(server, two)).toHaveProperty('port');
    expect(await proveKey(server, one)).toHaveProperty('port');
  });

  it.each([
    ['an unknown key', HELLO],
    ['the token itself', JSON.stringify({ token: randomKeyText() })],
    ['a key without a nonce', JSON.stringify({ key: randomKeyText() })],
    ['an extra field', JSON.stringify({ key: 'A'.repeat(43), nonce: 'A'.repeat(43), more: 1 })],
    ['a hello', JSON.stringify({ hello: { codecs: [] } })],
    ['an empty object', JSON.stringify({})],
    ['invalid JSON', 'token'],
    ['an empty text', ''],
    ['bytes', new TextEncoder().encode(HELLO)],
  ])('refuses %s as the first message', async (_what, first) => {
    const { server, pages } = await openServer();
    expect(await fate(webSocket(server), first)).toBe(PageCloseCode.refused);
    expect(pages).toHaveLength(0);
  });

  it.each([
    ['with another key', async () => ({ id: undefined })],
    ['made for another server', async () => ({ host: 'other.localhost:1' })],
    ['of the app’s side', async () => ({ side: 'app' as const })],
  ])('refuses a proof %s, and the token stays valid', async (what, change) => {
    const { server, pages } = await openServer();
    const token = tokenOf(await server.address());
    const isOther = what === 'with another key';
    const changed = isOther ? { id: (await PageKey.from(token)).id } : await change();
    const shown = isOther ? randomKeyText() : token;
    expect(await proveKey(server, shown, changed as Parameters<typeof proveKey>[2])).toBe(
      PageCloseCode.refused,
    );
    expect(pages).toHaveLength(0);
    expect(await proveKey(server, token)).toHaveProperty('port');
  });

  it('refuses a replayed proof', async () => {
    const { server, pages } = await openServer();
    const key = await PageKey.from(tokenOf(await server.address()));
    const page = randomKeyText();
    const begin = async (): Promise<readonly [WebSocket, string]> => {
      const socket = webSocket(server);
      await once(socket, 'open');
      socket.send(JSON.stringify({ key: key.id, nonce: page }));
      return [socket, ((await nextJson(socket)) as { nonce: string }).nonce];
    };
    const [, app] = await begin();
    const proof = await key.prove('page', { page, app, host: server.host });
    const [again, other] = await begin();
    expect(other).not.toBe(app);
    again.send(JSON.stringify({ proof }));
    expect(await nextJson(again)).toBe(PageCloseCode.refused);
    expect(pages).toHaveLength(0);
  });

  it('allows no second attempt on a refused socket', async () => {
    const { server, pages } = await openServer();
    const key = await PageKey.from(tokenOf(await server.address()));
    const socket = webSocket(server);
    await once(socket, 'open');
    socket.send('wrong');
    socket.send(JSON.stringify({ key: key.id, nonce: randomKeyText() }));
    expect(await nextJson(socket)).toBe(PageCloseCode.refused);
    expect(pages).toHaveLength(0);
  });

  it.each([
    'http://roomkey.example',
    'https://HOST',
    'http://127.0.0.1:PORT',
    'http://localhost:PORT',
    'http://other.localhost:PORT',
    'http://[::1]:PORT',
    'http://HOST/',
    'http://HOST.roomkey.example',
    'null',
    'file://',
  ])('rejects a WebSocket of the origin %s', async (name) => {
    const { server, pages } = await openServer();
    const origin = name.replace('HOST', server.host).replace('PORT', String(server.port));
    expect(await fate(webSocket(server, { origin }), HELLO)).toBe(FORBIDDEN);
    expect(pages).toHaveLength(0);
  });

  it('rejects a WebSocket without an origin, with another host, or at another path', async () => {
    const { server, pages } = await openServer();
    const own = `http://${server.host}`;
    const rebound = `roomkey.example:${server.port}`;
    const sockets = [
      webSocket(server, { origin: undefined as unknown as string }),
      webSocket(server, { origin: own, headers: { Host: rebound } }),
      webSocket(server, { origin: `http://${rebound}`, headers: { Host: rebound } }),
      webSocket(server, {}, '/'),
      webSocket(server, {}, '/port/'),
      webSocket(server, {}, '/port?token=1'),
    ];
    for (const socket of sockets) expect(await fate(socket, HELLO)).toBe(FORBIDDEN);
    expect(pages).toHaveLength(0);
  });

  it('closes a page that sends a message above the limit', async () => {
    const { server, nextPage } = await openServer();
    const [app, page] = await Promise.all([nextPage(), enter(server)]);
    const closed = new Promise<void>((resolve) => app.onClose(resolve));
    page.send(new Uint8Array(4 * 1024 * 1024 + 1));
    await closed;
  });

  it('closes the oldest of many silent sockets, and still accepts a page', async () => {
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

  it('closes the oldest of many idle connections, and still serves the page', async () => {
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
    // An authenticated page does not count.
    const received = new Promise((resolve) => app.onMessage(resolve));
    page.send('still here');
    expect(await received).toBe('still here');
    await enter(server);
    expect(silent[63]!.destroyed).toBe(false);
  });

  it('negotiates no compression, which would leak message contents', async () => {
    const { server } = await openServer();
    const socket = webSocket(server, { perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
  });

  it('disconnects all pages on close', async () => {
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

/** A socket that a test controls. */
function fakeSocket() {
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    sent: [] as string[],
    terminate: vi.fn(),
    close: vi.fn(),
    send: (text: string) => void socket.sent.push(text),
    receive: (value: unknown) => socket.emit('message', Buffer.from(JSON.stringify(value)), false),
  });
  return socket;
}

describe('the page authenticator’s timers', () => {
  it('limit the proof only, and send a heartbeat every two seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const tokens = new PageTokens();
    const key = await PageKey.from(await tokens.issue());
    const host = 'abc.localhost:1';
    let authenticated!: () => void;
    const isIn = new Promise<void>((resolve) => (authenticated = resolve));
    const authenticator = new PageAuthenticator({
      tokens,
      host,
      onAuthenticated: authenticated,
      onExpired: authenticated,
    });
    const [silent, page] = [fakeSocket(), fakeSocket()];
    for (const socket of [silent, page])
      void authenticator.authenticate(socket as unknown as WebSocket);
    const nonce = randomKeyText();
    page.receive({ key: key.id, nonce });
    // In real time: the clock is fake.
    while (page.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { nonce: app } = JSON.parse(page.sent[0]!) as { nonce: string };
    page.receive({ proof: await key.prove('page', { page: nonce, app, host }) });
    await isIn;
    expect(page.sent).toHaveLength(2);
    vi.advanceTimersByTime(9_999);
    expect(silent.terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(silent.terminate).toHaveBeenCalledOnce();
    expect(page.sent.slice(2)).toEqual(Array(10_000 / HEARTBEAT_MS).fill(''));
    vi.advanceTimersByTime(60_000);
    expect(page.terminate).not.toHaveBeenCalled();
    for (const socket of [silent, page]) socket.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});
