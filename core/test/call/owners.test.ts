import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignedIn } from '../../src/people/accounts.js';
import { fingerprint } from '../../src/people/index.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { identityOf } from '../rooms/setup.js';
import { TestMachine, createSharedNetwork, type SharedNetwork } from './test-machine.js';
import { phase } from './test-network.js';

const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
const known = { name: 'Grace', identity: identityOf('grace').publicKey };
/** An impostor with the name of Grace, who Ada has met. */
const posing: SignedIn = { name: 'Grace', identity: identityOf('mallory') };

let network: SharedNetwork;
let host: TestMachine;
let guest: TestMachine;
/** How often the guest's machine has dialed. */
let dials: () => number;

beforeEach(() => {
  network = createSharedNetwork();
  host = new TestMachine(network, '10.0.0.1');
  guest = new TestMachine(network, '10.0.0.2');
  const machine = network.memory.machine.bind(network.memory);
  let dialed = 0;
  vi.spyOn(network.memory, 'machine').mockImplementation((address) => {
    const transport = machine(address);
    if (address !== '10.0.0.2') return transport;
    const dial = transport.dial.bind(transport);
    transport.dial = (...args) => {
      dialed += 1;
      return dial(...args);
    };
    return transport;
  });
  dials = () => dialed;
});

/** An open room of the impostor, as Ada finds it. */
async function posedRoom(password: boolean): Promise<RoomEntry> {
  const room = await host.rooms.create(posing, 'Lab', { password });
  const hosting = await host.call(posing, room, password ? { password: 'sesame' } : {});
  await hosting.start();
  await guest.people.of(ada.identity.publicKey).remember(known);
  return await guest.rooms.find('Lab', { account: ada });
}

describe('a room whose owner shows another identity than before', () => {
  it.each([true, false])(
    'is not dialed before they are accepted (password: %s)',
    async (password) => {
      const room = await posedRoom(password);
      const shown = fingerprint(posing.identity.publicKey);
      // Not that a password is missing: the user must not enter one that belongs to a different owner.
      const joining = guest.call(ada, room);
      await expect(joining).rejects.toMatchObject({
        code: 'RK_IDENTITY_MISMATCH',
        person: { name: 'Grace', accepted: [fingerprint(known.identity)], pending: [shown] },
      });
      await expect(joining).rejects.toThrow(`roomkey people accept "Grace" ${shown}`);
      expect(dials()).toBe(0);

      await guest.people.of(ada.identity.publicKey).accept('Grace', shown);
      const call = await guest.call(ada, room, password ? { password: 'sesame' } : {});
      await call.start();
      expect((await phase(call, 'live')).participants).toMatchObject([
        { name: 'Grace', known: 'new' },
      ]);
      expect(dials()).toBeGreaterThan(0);
    },
  );

  it('is opened by that owner like any other', async () => {
    const room = await host.rooms.create(posing, 'Lab', { password: false });
    await host.people.of(posing.identity.publicKey).remember(known);
    const hosting = await host.call(posing, room);
    await hosting.start();
    expect(hosting.state.phase).toBe('waiting');
  });
});
