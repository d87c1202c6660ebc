import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { Connection } from '../../src/contracts/transport.js';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { encodeAlert } from '../../src/secure/handshake-messages.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import { ManualClock } from '../rooms/setup.js';
import { testCipher } from '../secure/aes-gcm.js';
import { phase, hasTransportMode, testIdentity, TestNetwork } from './test-network.js';

/** An impostor that answers at another address, on the host's port. */
async function impostor(
  network: TestNetwork,
  address: string,
  answer: (connection: Connection) => void,
) {
  const listener = await network.memory.machine(address).listen({ onConnection: answer });
  onTestFinished(() => listener.close());
  return { host: address, port: listener.port };
}

/** Until every address has said no, and the guest asks the hosts in reach where they are. */
async function allAsked(network: TestNetwork): Promise<void> {
  await vi.waitFor(() => expect(network.locator.refreshes).toBeGreaterThan(0));
}

const refuse = (connection: Connection): void => {
  connection.receive({
    onMessage: () => {
      connection.send([encodeAlert('failed')]);
      void connection.close();
    },
    onEnd: () => undefined,
  });
};

/** Answers as the host would who knows another password, up to the guest's guess. */
function guessing(network: TestNetwork, onGuess: (connection: Connection) => void) {
  return (connection: Connection): void => {
    const handshake = new HostHandshake({
      identity: network.host.identity,
      name: 'Grace',
      room: network.parameters,
      passwordSecret: new Uint8Array(32).fill(8),
      ciphers: [testCipher()],
    });
    const handshakeConnection = new HandshakeConnection(connection);
    const options = { timeoutMs: 2_000 };
    handshakeConnection
      .next((f1) => connection.send([handshake.reply(f1)]), options)
      .then(() => handshakeConnection.next(() => onGuess(connection), options))
      .catch(() => undefined);
  };
}

async function searchingGuest(network: TestNetwork): Promise<Call> {
  const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
  await guest.start();
  return guest;
}

describe('a guest among impostors', () => {
  it('waits for the host’s own beacon before it takes the no of one of several', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const no = [
      await impostor(network, '10.0.0.7', refuse),
      await impostor(network, '10.0.0.8', refuse),
    ];
    network.locator.set(...no);
    const guest = await searchingGuest(network);
    await allAsked(network);
    // What the person reads meanwhile is that the password is checked.
    expect(guest.state).toMatchObject({ phase: 'connecting', host: '10.0.0.8' });
    const host = network.hostCall('10.0.0.1');
    await host.start();
    await phase(guest, 'live', hasTransportMode);
  });

  it('asks an address that said no only once, and then gives up', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    let asked = 0;
    const count = (connection: Connection): void => {
      asked += 1;
      refuse(connection);
    };
    const no = [
      await impostor(network, '10.0.0.7', count),
      await impostor(network, '10.0.0.8', count),
    ];
    network.locator.set(...no);
    const guest = await searchingGuest(network);
    await allAsked(network);
    network.clock.advance(1_500);
    network.locator.set(...no);
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_HANDSHAKE_FAILED' } },
    });
    expect(asked).toBe(2);
  });

  it('takes the no of four addresses to the password for the host’s, and asks no fifth', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    let guessed = 0;
    const answer = guessing(network, (connection) => {
      guessed += 1;
      connection.send([encodeAlert('failed')]);
      void connection.close();
    });
    const hosts = Array.from({ length: 15 }, (_, index) => `10.0.1.${index}`);
    network.locator.set(
      ...(await Promise.all(hosts.map((host) => impostor(network, host, answer)))),
    );
    const guest = await searchingGuest(network);
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_HANDSHAKE_FAILED' } },
    });
    expect(guessed).toBe(4);
  });

  it('asks the host behind four addresses that say no before the password is tried', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const hosts = Array.from({ length: 4 }, (_, index) => `10.0.1.${index}`);
    const no = await Promise.all(hosts.map((host) => impostor(network, host, refuse)));
    const host = network.hostCall('10.0.0.1');
    await host.start();
    network.locator.set(...no, ...(await network.locator.addresses()));
    await phase(await searchingGuest(network), 'live', hasTransportMode);
  });

  it('gives eight guesses at the password, also to one who never says that they were wrong', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    let guessed = 0;
    const cut = guessing(network, (connection) => {
      guessed += 1;
      connection.abort();
    });
    const address = await impostor(network, '10.0.0.7', cut);
    network.locator.set(address);
    const clock = new ManualClock();
    const guesses = new GuessLimit(clock);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', { guesses });
    guest.on('state', ({ phase: now }) => {
      if (now === 'searching') setImmediate(() => network.locator.set(address));
    });
    const pauses = setInterval(() => clock.advance(1_000), 10);
    onTestFinished(() => clearInterval(pauses));
    await guest.start();
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_PASSWORD_GUESSED' } },
    });
    expect(guessed).toBe(8);
  });
});
