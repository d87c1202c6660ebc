import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HostAcceptor } from '../../src/call/host-acceptor.js';
import { MemoryNetwork } from '../../src/conformance/memory-transport.js';
import type { Connection } from '../../src/contracts/transport.js';
import { hasCode } from '../../src/errors/index.js';
import { HandshakeRateLimiter } from '../../src/secure/handshake-rate-limiter.js';
import { toHex } from '../../src/secure/bytes.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import type { CompletedHandshake } from '../../src/secure/run-handshake.js';
import { roomId } from '../../src/secure/room-parameters.js';
import { testCipher } from './aes-gcm.js';
import { createPeers, type Peers } from './peers.js';

const FAILED = '0f03';
const BUSY = '0f02';

let network: MemoryNetwork;
let peers: Peers;
let port: number;
let refused: { error: unknown; remote: string }[];
let guests: CompletedHandshake[];
let pauses: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  network = new MemoryNetwork();
  peers = createPeers(1);
  refused = [];
  guests = [];
  pauses = 0;
  const { identity, name, room, passwordSecret } = peers.host;
  const host = new HostAcceptor({
    transport: network.machine('10.0.0.1'),
    cipher: testCipher(),
    room: {
      id: toHex(roomId(room)),
      name: 'lab',
      owner: 'Grace',
      parameters: room,
      account: { name, identity },
      ...(passwordSecret && { passwordSecret }),
    },
    rateLimiter: new HandshakeRateLimiter({
      now: () => performance.now(),
      onPause: () => pauses++,
    }),
    handlers: {
      onGuest: (guest) => guests.push(guest),
      onRefused: (error, remote) => refused.push({ error, remote }),
    },
  });
  port = await host.open(new AbortController().signal);
  onTestFinished(() => host.close());
});

afterEach(() => vi.useRealTimers());

/** A caller that sends what the test wants. */
class Caller {
  readonly heard: Uint8Array[] = [];
  over = false;
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.receive({
      onMessage: (message) => this.heard.push(new Uint8Array(message)),
      onEnd: () => (this.over = true),
    });
  }

  static async dial(from = '10.0.0.2'): Promise<Caller> {
    return new Caller(await network.machine(from).dial({ host: '10.0.0.1', port }));
  }

  hangUp(): void {
    this.#connection.abort();
  }

  send(message: Uint8Array): void {
    this.#connection.send([message]);
  }

  /** The n-th message, once it has arrived. */
  async message(index: number): Promise<Uint8Array> {
    await settle(() => this.heard.length > index || this.over);
    return this.heard[index] ?? new Uint8Array();
  }
}

/** Lets the network deliver, without advancing the clock, until `done`. */
async function settle(done: () => boolean, turns = 1_000): Promise<void> {
  for (let turn = 0; turn < turns && !done(); turn += 1) await new Promise(setImmediate);
}

/** Runs a handshake up to GuestFinish, which `tamper` changes before it is sent. */
async function upToProof(
  guest: Peers['guest'],
  tamper: (f3: Uint8Array) => void,
  from?: string,
): Promise<Caller> {
  const handshake = new GuestHandshake(guest);
  const caller = await Caller.dial(from);
  caller.send(handshake.hello());
  const f3 = handshake.exchange(await caller.message(0));
  tamper(f3);
  caller.send(f3);
  return caller;
}

describe('the host', () => {
  it.each([
    ['a wrong password', new Uint8Array(32).fill(1), () => undefined],
    ['a broken commitment', undefined, (f3: Uint8Array) => (f3[1] = (f3[1] ?? 0) ^ 1)],
    ['a low-order CPace share', undefined, (f3: Uint8Array) => f3.fill(0, 35, 67)],
    ['a broken proof', undefined, (f3: Uint8Array) => (f3[f3.length - 1]! ^= 1)],
  ])('answers %s by the same alert after the same time', async (_what, secret, tamper) => {
    const guest = { ...peers.guest, ...(secret && { passwordSecret: secret }) };
    const caller = await upToProof(guest, tamper);
    await settle(() => vi.getTimerCount() > 0);
    await vi.advanceTimersByTimeAsync(249);
    await settle(() => false);
    expect(caller.heard).toHaveLength(1);
    expect(caller.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(toHex(await caller.message(1))).toBe(FAILED);
    await settle(() => caller.over && refused.length > 0);
    expect(refused).toMatchObject([{ remote: '10.0.0.2', error: { code: 'RK_HANDSHAKE_FAILED' } }]);
    expect(guests).toEqual([]);
  });

  it('still accepts a guest who knows the password after all these attacks', async () => {
    const caller = await upToProof(peers.guest, () => undefined);
    await caller.message(1);
    await settle(() => guests.length > 0);
    expect(guests).toMatchObject([{ security: { peer: { name: 'Ada' } } }]);
  });

  it('hangs up on a caller that sends nothing for two seconds', async () => {
    const caller = await Caller.dial();
    await settle(() => vi.getTimerCount() > 0);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(caller.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await settle(() => caller.over);
    expect(caller.over).toBe(true);
    expect(refused).toEqual([]);
  });

  it('hangs up on a caller that sends GuestHello and then nothing', async () => {
    const caller = await Caller.dial();
    caller.send(new GuestHandshake(peers.guest).hello());
    await caller.message(0);
    await vi.advanceTimersByTimeAsync(8_000);
    await settle(() => refused.length > 0);
    expect(refused).toMatchObject([{ error: { code: 'RK_HANDSHAKE_TIMEOUT' } }]);
    expect(caller.over).toBe(true);
  });

  it('keeps four callers per address and 32 in total, and refuses the others', async () => {
    const callers: Caller[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      callers.push(await Caller.dial(`10.0.1.${index % 20}`));
    }
    await settle(() => callers.filter(({ over }) => over).length >= 968);
    expect(callers.filter(({ over }) => !over)).toHaveLength(32);
    expect(
      new Set(callers.filter(({ over }) => over).map(({ heard }) => toHex(heard[0]!))),
    ).toEqual(new Set([BUSY]));
    // The host is not told about them: a flood of callers must not become a flood of notices.
    expect(refused).toEqual([]);
  });

  it('applies the pause to handshakes in progress, even if the guest hangs up at once', async () => {
    const guess = { ...peers.guest, passwordSecret: new Uint8Array(32).fill(1) };
    const begun = [];
    for (let index = 0; index < 32; index += 1) {
      const handshake = new GuestHandshake(guess);
      const caller = await Caller.dial(`10.0.3.${index % 8}`);
      caller.send(handshake.hello());
      begun.push({ caller, f3: handshake.exchange(await caller.message(0)) });
    }
    for (const { caller, f3 } of begun) {
      caller.send(f3);
      await settle(() => false, 10);
      caller.hangUp();
    }
    await settle(() => vi.getTimerCount() > 0);
    await vi.advanceTimersByTimeAsync(250);
    await settle(() => refused.length === 32);
    const wrong = refused.filter(({ error }) => hasCode(error, 'RK_HANDSHAKE_FAILED'));
    const untested = refused.filter(({ error }) => hasCode(error, 'RK_HANDSHAKE_BUSY'));
    expect([wrong.length, untested.length]).toEqual([5, 27]);
    expect(pauses).toBe(1);
  });

  it('cuts a caller whose first message is too long, and continues to accept guests', async () => {
    const caller = await Caller.dial();
    caller.send(new Uint8Array(1_025).fill(1));
    await settle(() => caller.over && refused.length > 0);
    expect(caller.heard).toEqual([]);
    expect(refused).toMatchObject([{ error: { code: 'RK_TRANSPORT_MESSAGE_TOO_LARGE' } }]);
    const guest = await upToProof(peers.guest, () => undefined);
    await guest.message(1);
    await settle(() => guests.length > 0);
    expect(guests).toHaveLength(1);
  });

  it('pauses after wrong passwords, but not after random messages', async () => {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const caller = await Caller.dial(`10.0.2.${attempt}`);
      caller.send(new Uint8Array(200).fill(attempt));
      await settle(() => caller.over);
    }
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const caller = await upToProof(peers.guest, (f3) => f3.fill(0, 35, 67));
      await settle(() => vi.getTimerCount() > 0);
      await vi.advanceTimersByTimeAsync(250);
      await settle(() => caller.over);
    }
    expect(pauses).toBe(0);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      // Five handshakes per second are one address's share.
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
      const guess = { ...peers.guest, passwordSecret: new Uint8Array(32).fill(attempt) };
      const caller = await upToProof(guess, () => undefined);
      await settle(() => vi.getTimerCount() > 0);
      await vi.advanceTimersByTimeAsync(250);
      await settle(() => caller.over);
    }
    expect(pauses).toBe(1);
    const honest = await Caller.dial('10.0.0.9');
    expect(toHex(await honest.message(0))).toBe(BUSY);
  });
});
