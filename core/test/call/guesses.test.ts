import { describe, expect, it, onTestFinished } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { Connection } from '../../src/contracts/transport.js';
import { MessageType } from '../../src/secure/handshake-messages.js';
import { ManualClock } from '../rooms/setup.js';
import { phase, testIdentity, TestNetwork } from './test-network.js';

const RELAY = '10.0.0.7';
const MINUTE_MS = 60_000;

/** An attacker on the path to the host, who uses each T_I for a guess and then cuts the connection. */
class Relay {
  /** How often a T_I came and no T_R was let through. */
  guesses = 0;
  /** Lets the handshake through in place of guessing. */
  isLettingThrough = false;
  readonly address: { readonly host: string; readonly port: number };
  readonly #connections: Connection[] = [];
  #dialed = 0;

  private constructor(port: number) {
    this.address = { host: RELAY, port };
  }

  static async open(network: TestNetwork, hostPort: () => number): Promise<Relay> {
    const listener = await network.memory.machine(RELAY).listen({
      onConnection: (guest) => {
        // From many addresses, since one has only five handshakes a second.
        void network.memory
          .machine(`10.0.1.${(relay.#dialed += 1)}`)
          .dial({ host: '10.0.0.1', port: hostPort() })
          .then((host) => relay.#join(guest, host));
      },
    });
    const relay: Relay = new Relay(listener.port);
    onTestFinished(() => listener.close());
    return relay;
  }

  /** Cuts what was let through. */
  cut(): void {
    for (const connection of this.#connections.splice(0)) connection.abort();
  }

  #join(guest: Connection, host: Connection): void {
    this.#connections.push(guest, host);
    for (const end of [guest, host]) end.setMaxMessageBytes(2 ** 21);
    guest.receive({
      onMessage: (message) => {
        if (message[0] === MessageType.guestFinish && !this.isLettingThrough) {
          this.guesses += 1;
          guest.abort();
          host.abort();
        } else host.send([message.slice()]);
      },
      onEnd: () => host.abort(),
    });
    host.receive({
      onMessage: (message) => guest.send([message.slice()]),
      onEnd: () => guest.abort(),
    });
  }
}

/** A guest whose way to the host leads over a relay, with a clock that the test turns. */
async function onThePath() {
  const network = new TestNetwork(await testIdentity('Grace'));
  let hostPort = 0;
  const publisher = {
    publish: (port: number) => {
      hostPort = port;
      return Promise.resolve({ setFull: () => undefined, stop: () => Promise.resolve() });
    },
  };
  await network.hostCall('10.0.0.1', undefined, publisher).start();
  const relay = await Relay.open(network, () => hostPort);
  const clock = new ManualClock();
  const guesses = new GuessLimit(clock);
  const ada = await testIdentity('Ada');
  const told: number[] = [];
  network.locator.set(relay.address);

  /** Joins by the password as it is kept. */
  async function join(): Promise<Call> {
    const guest = network.guestCall(ada, '10.0.0.2', { guesses });
    guest.on('notice', ({ error }) => {
      if ('code' in error && error.code === 'RK_PASSWORD_GUESSED') told.push(relay.guesses);
    });
    await guest.start();
    return guest;
  }

  /** Lets the guest try for so long, as its own clock has it. */
  async function pass(ms: number, guest: Call, isEnough = () => false): Promise<void> {
    for (let at = 0; at < ms && guest.state.phase !== 'ended' && !isEnough(); at += 1_000) {
      clock.advance(1_000);
      network.locator.set(relay.address);
      for (let turn = 0; turn < 30 && !isEnough(); turn += 1) await new Promise(setImmediate);
    }
  }
  return { relay, clock, told, join, pass };
}

describe('a relay that cuts each connection after T_I', () => {
  it('gets eight guesses at a password in an hour, and the person is told at the third', async () => {
    const { relay, told, join, pass } = await onThePath();
    const guest = await join();
    await pass(60 * MINUTE_MS, guest);
    expect(guest.state).toMatchObject({
      phase: 'ended',
      end: { kind: 'failed', error: { code: 'RK_PASSWORD_GUESSED' } },
    });
    expect(relay.guesses).toBe(8);
    expect(told[0]).toBe(3);
  });

  it('gets no more by a reconnect, by a new call, or by letting one handshake through', async () => {
    const { relay, told, join, pass } = await onThePath();
    for (let round = 0; round < 3; round += 1) {
      const guest = await join();
      const enough = relay.guesses + 2;
      await pass(MINUTE_MS, guest, () => relay.guesses >= enough);
      relay.isLettingThrough = true;
      await pass(MINUTE_MS, guest, () => guest.state.phase === 'live');
      relay.isLettingThrough = false;
      relay.cut();
      await phase(guest, 'searching');
      // the same password in another call
      await guest.leave();
    }
    expect(relay.guesses).toBe(6);
    expect(told[0]).toBe(3);
    const last = await join();
    await pass(10 * MINUTE_MS, last);
    expect(last.state).toMatchObject({ end: { error: { code: 'RK_PASSWORD_GUESSED' } } });
    const again = await join();
    await pass(10 * MINUTE_MS, again);
    expect(again.state).toMatchObject({ end: { error: { code: 'RK_PASSWORD_GUESSED' } } });
    expect(relay.guesses).toBe(8);
  });
});

describe('the guesses at a password', () => {
  it('are forgotten one an hour, and never once they were too many', () => {
    const clock = new ManualClock();
    const guesses = new GuessLimit(clock);
    for (let count = 0; count < 7; count += 1) guesses.add();
    expect(guesses.isExhausted).toBe(false);
    clock.advance(60 * MINUTE_MS);
    guesses.add();
    expect(guesses.isExhausted).toBe(false);
    guesses.add();
    expect(guesses.isExhausted).toBe(true);
    clock.advance(60 * 60 * MINUTE_MS);
    expect(guesses.isExhausted).toBe(true);
  });

  it('bring the pauses that wrong passwords bring at the host', async () => {
    const clock = new ManualClock();
    const guesses = new GuessLimit(clock);
    const { signal } = new AbortController();
    for (let count = 0; count < 4; count += 1) guesses.add();
    await guesses.waitForPause(signal);
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      guesses.add();
      let isOver = false;
      const over = guesses.waitForPause(signal).then(() => (isOver = true));
      clock.advance(pauseMs - 1);
      await new Promise(setImmediate);
      expect(isOver).toBe(false);
      clock.advance(1);
      await over;
    }
  });
});
