import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { SearchLimit } from '../../src/call/search-limit.js';
import type { CallState, Participant } from '../../src/call/state.js';
import { ManualClock } from '../rooms/setup.js';
import {
  phase,
  hasTransportMode,
  testIdentity,
  TestNetwork,
  type TestIdentity,
} from './test-network.js';

const MINUTE_MS = 60_000;

/** A guest in Grace's room, with her. */
async function together(): Promise<{
  network: TestNetwork;
  ada: TestIdentity;
  host: Call;
  guest: Call;
}> {
  const network = new TestNetwork(await testIdentity('Grace'));
  const ada = await testIdentity('Ada');
  const host = network.hostCall('10.0.0.1');
  await host.start();
  const guest = network.guestCall(ada, '10.0.0.2');
  await guest.start();
  await Promise.all([
    phase(host, 'live', hasTransportMode),
    phase(guest, 'live', hasTransportMode),
  ]);
  // What is lost sooner is not looked for at once.
  network.clock.advance(2_000);
  return { network, ada, host, guest };
}

describe('a guest whose host is gone', () => {
  it('is told at once that the host left, and the search ends after ten minutes', async () => {
    const { network, host, guest } = await together();
    await host.leave();
    const lastPartner = { name: 'Grace', kind: 'left' };
    expect(await phase(guest, 'searching')).toEqual({ phase: 'searching', lastPartner });
    network.clock.advance(10 * MINUTE_MS - 1);
    expect(guest.state.phase).not.toBe('ended');
    network.clock.advance(1);
    expect(await phase(guest, 'ended')).toMatchObject({
      end: {
        kind: 'failed',
        error: {
          code: 'RK_ROOM_NOT_OPEN',
          message:
            'Grace left and didn’t come back within 10 minutes. Join again to wait for Grace.',
        },
      },
    });
    expect(network.memory.size).toBe(0);
  });

  it('looks as long for one whose connection was lost, and the end says that', async () => {
    const { network, guest } = await together();
    // As when the host's program is killed, or its lid closed.
    network.locator.set();
    network.memory.cut();
    const lastPartner = { name: 'Grace', kind: 'lost' };
    expect(await phase(guest, 'searching')).toEqual({ phase: 'searching', lastPartner });
    network.clock.advance(10 * MINUTE_MS);
    const { end } = await phase(guest, 'ended');
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'RK_ROOM_NOT_OPEN' } });
    expect(end).toMatchObject({
      error: { message: expect.stringContaining('was lost') as string },
    });
  });

  it('has ten minutes again each time that the host was there', async () => {
    const { network, host, guest } = await together();
    await host.leave();
    await phase(guest, 'searching');
    network.clock.advance(9 * MINUTE_MS);
    const again = network.hostCall('10.0.0.3');
    await again.start();
    await Promise.all([
      phase(again, 'live', hasTransportMode),
      phase(guest, 'live', hasTransportMode),
    ]);
    // Nothing is counted while they are together.
    network.clock.advance(60 * MINUTE_MS);
    expect(guest.state.phase).toBe('live');
    await again.leave();
    await phase(guest, 'searching');
    network.clock.advance(9 * MINUTE_MS);
    expect(guest.state.phase).not.toBe('ended');
    network.clock.advance(MINUTE_MS);
    await phase(guest, 'ended');
  });

  it('waits without end once the person chose to, and joins when the host comes', async () => {
    const { network, host, guest } = await together();
    await host.leave();
    await phase(guest, 'searching');
    guest.keepWaiting();
    expect(guest.state).toEqual({ phase: 'searching' });
    network.clock.advance(60 * MINUTE_MS);
    expect(guest.state).toEqual({ phase: 'searching' });
    const again = network.hostCall('10.0.0.3');
    await again.start();
    const live = await phase(guest, 'live', hasTransportMode);
    guest.keepWaiting();
    expect(guest.state).toEqual(live);
  });

  it('learns that someone else has joined meanwhile', async () => {
    const { network, host, guest } = await together();
    await host.leave();
    await phase(guest, 'searching');
    const again = network.hostCall('10.0.0.3');
    const eve = network.guestCall(await testIdentity('Eve'), '10.0.0.4');
    // She is quicker: Ada's machine hears of the room later.
    const unblock = network.memory.block((from) => from === '10.0.0.2');
    await again.start();
    await eve.start();
    await phase(eve, 'live', hasTransportMode);
    unblock();
    network.locator.set(...(await network.locator.addresses()));
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_ROOM_FULL' } },
    });
  });
});

describe('a guest who waits for a room that is not open yet', () => {
  it('waits as long as they like', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    network.clock.advance(24 * 60 * MINUTE_MS);
    expect(guest.state).toEqual({ phase: 'searching' });
    const host = network.hostCall('10.0.0.1');
    await host.start();
    await phase(guest, 'live', hasTransportMode);
  });
});

describe('the limit of a search', () => {
  const lastPartner = { name: 'Grace', kind: 'left' } as const;
  const searching: CallState = { phase: 'searching', lastPartner };
  const grace: Participant = {
    name: 'Grace',
    identity: new Uint8Array(32),
    known: 'same',
    words: [],
    cipher: 'AES-256-GCM',
  };
  const live: CallState = { phase: 'live', participants: [grace] };

  it('begins again when the host returns and has not accepted the guest', () => {
    const clock = new ManualClock();
    const onOver = vi.fn();
    const limit = new SearchLimit(clock, onOver);
    limit.update(searching);
    clock.advance(9 * MINUTE_MS);
    const unaccepted = { name: 'Grace', kind: 'unaccepted' } as const;
    limit.update({ phase: 'searching', lastPartner: unaccepted });
    clock.advance(9 * MINUTE_MS);
    expect(onOver).not.toHaveBeenCalled();
    clock.advance(MINUTE_MS);
    expect(onOver).toHaveBeenCalledExactlyOnceWith(unaccepted);
  });

  it('ends no call that has just begun', () => {
    const clock = new ManualClock();
    const onOver = vi.fn();
    const limit = new SearchLimit(clock, onOver);
    limit.update(searching);
    limit.update(live);
    clock.advance(10 * MINUTE_MS);
    expect(onOver).not.toHaveBeenCalled();
    limit.update({ phase: 'live', participants: [{ ...grace, connections: 2 }] });
    limit.update({ phase: 'ended', end: { kind: 'left' } });
    expect(clock.pendingTimers).toBe(0);
  });
});
