import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Call } from '../../src/call/call.js';
import type { Connection } from '../../src/contracts/transport.js';
import { concat } from '../../src/secure/bytes.js';
import { MessageType } from '../../src/secure/handshake-messages.js';
import { phase, hasTransportMode, testIdentity, TestNetwork } from './test-network.js';

const GUEST = '10.0.0.2';

/** A guest who waits for a host that is not there yet, and how strangers call it. */
async function waitingGuest() {
  const network = new TestNetwork(await testIdentity('Grace'), 0);
  let port = 0;
  const machine = network.memory.machine.bind(network.memory);
  network.memory.machine = (address) => {
    const transport = machine(address);
    return {
      dial: (to, options) => transport.dial(to, options),
      listen: async (options) => {
        const listener = await transport.listen(options);
        if (address === GUEST) port = listener.port;
        return listener;
      },
    };
  };
  const guest = network.guestCall(await testIdentity('Ada'), GUEST);
  await guest.start();

  /** A stranger that dials the guest and sends this message, if any. */
  async function call(...first: readonly Uint8Array[]) {
    const connection = await machine('10.0.0.9').dial({ host: GUEST, port });
    onTestFinished(() => connection.abort());
    const over = ended(connection);
    if (first.length > 0) connection.send(first);
    return { over };
  }
  return { network, guest, call };
}

async function ended(connection: Connection): Promise<void> {
  await new Promise<void>((resolve) => {
    connection.receive({ onMessage: () => undefined, onEnd: () => resolve() });
  });
}

async function meet(network: TestNetwork, guest: Call) {
  const host = network.hostCall('10.0.0.1');
  await host.start();
  return await Promise.all([
    phase(guest, 'live', hasTransportMode),
    phase(host, 'live', hasTransportMode),
  ]);
}

describe('strangers who call a guest before its host does', () => {
  it('do not keep connection 2 from being made, whatever they say', async () => {
    const { network, guest, call } = await waitingGuest();
    const strangers = [
      await call(Uint8Array.of(MessageType.bindRequest), randomBytes(64)),
      await call(concat(Uint8Array.of(MessageType.guestHello), randomBytes(100))),
      await call(randomBytes(1_025)),
    ];
    expect(await meet(network, guest)).toMatchObject([
      { participants: [{ connections: 2 }] },
      { participants: [{ connections: 2 }] },
    ]);
    await Promise.all(strangers.map(({ over }) => over));
  });

  it('hold four places: a fifth is closed at once, and connection 1 carries all', async () => {
    const { network, guest, call } = await waitingGuest();
    for (let place = 0; place < 4; place += 1) await call();
    const { over } = await call();
    await over;
    expect(await meet(network, guest)).toMatchObject([
      { participants: [{ connections: 1 }] },
      { participants: [{ connections: 1 }] },
    ]);
  });
});
