import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import type { Connection } from '../../src/contracts/transport.js';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { encodeAlert } from '../../src/secure/handshake-messages.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import { testCipher } from '../secure/aes-gcm.js';
import { phase, hasTransportMode, testIdentity, TestNetwork } from './test-network.js';

const HOST = '10.0.0.1';
const WRONG = new Uint8Array(32).fill(8);

/** Addresses that drop every packet. */
function silentAddresses(
  network: TestNetwork,
  count: number,
): { readonly host: string; readonly port: number }[] {
  const addresses = Array.from({ length: count }, (_, n) => ({ host: `10.0.8.${n}`, port: 9 }));
  network.memory.blackhole((_from, to) => to.host.startsWith('10.0.8.'));
  return addresses;
}

/** Accepts connections at another address of the host. */
async function listenAt(
  network: TestNetwork,
  host: string,
  onConnection: (connection: Connection) => void,
) {
  const listener = await network.memory.machine(host).listen({ onConnection });
  onTestFinished(() => listener.close());
  return { host, port: listener.port };
}

/** A network whose clock runs, faster than the real one. */
async function openNetwork(): Promise<TestNetwork> {
  const network = new TestNetwork(await testIdentity('Grace'));
  const running = setInterval(() => network.clock.advance(50), 5);
  onTestFinished(() => clearInterval(running));
  return network;
}

async function opened() {
  const network = await openNetwork();
  const host = network.hostCall(HOST);
  await host.start();
  const [address] = await network.locator.addresses();
  return { network, host, address: address! };
}

/** The hosts that the person was shown, in order, and every phase. */
function shown(call: Call) {
  const hosts: string[] = [];
  const phases: string[] = [];
  call.on('state', (state) => {
    phases.push(state.phase);
    if (state.phase === 'connecting') hosts.push(state.host);
  });
  return { hosts, phases };
}

describe('a guest of a host with many addresses', () => {
  it('reaches it behind silent addresses, and shows only the one that answered', async () => {
    const { network, address } = await opened();
    network.locator.set(...silentAddresses(network, 15), address);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    const { hosts, phases } = shown(guest);
    await guest.start();
    await phase(guest, 'live', hasTransportMode);
    expect(hosts).toEqual([HOST]);
    expect(phases).toEqual(['searching', 'connecting', 'live', 'live']);
  });

  it('reaches it behind an address that accepts connections and stays silent', async () => {
    const { network, address } = await opened();
    let isOver = false;
    const mute = await listenAt(network, '10.0.0.7', (connection) => {
      connection.receive({ onMessage: () => undefined, onEnd: () => (isOver = true) });
    });
    network.locator.set(mute, address);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    let wasOver: boolean | undefined;
    guest.on('state', (state) => {
      if (state.phase === 'connecting' && state.host === HOST) wasOver ??= isOver;
    });
    await guest.start();
    await phase(guest, 'live', hasTransportMode);
    // It could still have answered, and is cut as soon as another one does.
    expect(wasOver).toBe(false);
    await vi.waitFor(() => expect(isOver).toBe(true));
  });

  it('is told of a wrong password although the likeliest addresses are out of reach', async () => {
    const { network, address } = await opened();
    network.locator.set(...silentAddresses(network, 3), address, { host: '10.0.9.9', port: 9 });
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', {
      passwordSecret: WRONG,
    });
    const { phases } = shown(guest);
    await guest.start();
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_HANDSHAKE_FAILED' } },
    });
    expect(phases).toEqual(['searching', 'connecting', 'ended']);
  });

  it('is told by a host that is busy although its other addresses are out of reach', async () => {
    const network = await openNetwork();
    const busy = await listenAt(network, '10.0.0.7', (connection) => {
      connection.receive({
        onMessage: () => {
          connection.send([encodeAlert('busy')]);
          void connection.close();
        },
        onEnd: () => undefined,
      });
    });
    const addresses = [busy, ...silentAddresses(network, 2)];
    network.locator.set(...addresses);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    guest.on('state', ({ phase: now }) => {
      if (now === 'searching') setImmediate(() => network.locator.set(...addresses));
    });
    await guest.start();
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_HANDSHAKE_BUSY' } },
    });
  });

  it('reaches it where it has moved to while the old address is still dialed', async () => {
    const { network, address } = await opened();
    network.locator.set(...silentAddresses(network, 1));
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    network.locator.set(...silentAddresses(network, 1), address);
    await phase(guest, 'live', hasTransportMode);
  });

  it('comes back in a call where the network has changed and old addresses swallow everything', async () => {
    const { network, address } = await opened();
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    await phase(guest, 'live', hasTransportMode);
    network.locator.set(...silentAddresses(network, 4), address);
    network.memory.cut();
    await phase(guest, 'searching');
    await phase(guest, 'live', hasTransportMode);
  });

  it('leaves at once while no address answers', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    network.locator.set(...silentAddresses(network, 3));
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    await guest.leave();
    expect(guest.state).toMatchObject({ phase: 'ended', end: { kind: 'left' } });
    expect(network.memory.size).toBe(0);
  });

  it('gives no two of those who answer a guess at once', async () => {
    const network = await openNetwork();
    let guesses = 0;
    const answers: (() => void)[] = [];
    /** Answers F1 when told to, and F3 never. */
    const guesser = (connection: Connection): void => {
      const handshake = new HostHandshake({
        identity: network.host.identity,
        name: 'Grace',
        room: network.parameters,
        passwordSecret: WRONG,
        ciphers: [testCipher()],
      });
      const handshakeConnection = new HandshakeConnection(connection);
      const options = { timeoutMs: 5_000 };
      handshakeConnection
        .next((f1) => {
          const f2 = handshake.reply(f1);
          answers.push(() => connection.send([f2]));
        }, options)
        .then(() => handshakeConnection.next(() => (guesses += 1), options))
        .catch(() => undefined);
    };
    const hosts = ['10.0.0.7', '10.0.0.8'];
    network.locator.set(
      ...(await Promise.all(hosts.map((host) => listenAt(network, host, guesser)))),
    );
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    // The first says nothing at first, so both have an F1.
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    for (const answer of answers) answer();
    await vi.waitFor(() => expect(guesses).toBe(1));
    await guest.leave();
    expect(guesses).toBe(1);
  });
});

describe('a host with several addresses', () => {
  it('sends no notice of a guest that was answered sooner at another one', async () => {
    const { network, host, address } = await opened();
    const notices: string[] = [];
    host.on('notice', ({ error }) => notices.push(error.message));
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    await phase(guest, 'live', hasTransportMode);
    // As one does who began a handshake: F1, and no more.
    const other = await network.memory.machine('10.0.0.3').dial(address);
    other.receive({ onMessage: () => other.abort(), onEnd: () => undefined });
    const eve = await testIdentity('Eve');
    const handshake = new GuestHandshake({
      identity: eve.identity,
      name: eve.name,
      room: network.parameters,
      passwordSecret: WRONG,
      listenPort: 0,
      ciphers: [testCipher()],
    });
    other.send([handshake.hello()]);
    await vi.waitFor(() => expect(network.memory.size).toBe(2));
    expect(notices).toEqual([]);
  });
});
