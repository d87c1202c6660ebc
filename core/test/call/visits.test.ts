import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../src/call/call.js';
import type { CallState } from '../../src/call/state.js';
import { updateVisits } from '../../src/call/visit.js';
import type { SignedIn } from '../../src/people/accounts.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { identityOf } from '../rooms/setup.js';
import { TestMachine, createSharedNetwork } from './test-machine.js';
import { next, phase, hasTransportMode } from './test-network.js';

const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
const eve: SignedIn = { name: 'Eve', identity: identityOf('eve') };
const grace: SignedIn = { name: 'Grace', identity: identityOf('grace') };

let host: TestMachine;
let guest: TestMachine;
let room: RoomEntry;

beforeEach(async () => {
  const network = createSharedNetwork();
  host = new TestMachine(network, '10.0.0.1');
  guest = new TestMachine(network, '10.0.0.2');
  room = await host.rooms.create(grace, 'Lab', { password: true });
});

/** The names of the rooms that a user visited, as their computer remembers them. */
async function visited({ visits }: TestMachine, { identity }: SignedIn): Promise<string[]> {
  return [...(await visits.list(identity.publicKey)).values()].map(({ record }) => record.name);
}

async function together() {
  const hosting = await host.call(grace, room, { password: 'sesame' });
  await hosting.start();
  const joining = await guest.call(ada, room, { password: 'sesame' });
  await joining.start();
  await Promise.all([
    phase(hosting, 'live', hasTransportMode),
    phase(joining, 'live', hasTransportMode),
  ]);
  return { hosting, joining };
}

describe('the room of a call', () => {
  it('is remembered by the guest that the host admitted, and by no one else', async () => {
    const { joining } = await together();
    await joining.leave();
    expect(await visited(guest, ada)).toEqual(['Lab']);
    const kept = (await guest.visits.list(ada.identity.publicKey)).get(room.id);
    expect(kept).toMatchObject({
      record: { id: room.id, parameters: room.parameters, ownerName: 'Grace' },
    });
    expect(await visited(host, grace)).toEqual([]);
    expect(await visited(guest, eve)).toEqual([]);
  });

  it('is forgotten when its owner deletes it', async () => {
    const { hosting, joining } = await together();
    expect(await visited(guest, ada)).toEqual(['Lab']);
    await hosting.leave({ roomClosed: true });
    await phase(joining, 'ended');
    expect(await visited(guest, ada)).toEqual([]);
  });

  it('stays when its owner leaves and keeps it', async () => {
    const { hosting, joining } = await together();
    await hosting.leave();
    await phase(joining, 'searching');
    expect(await visited(guest, ada)).toEqual(['Lab']);
  });

  it('is not remembered by one who had a wrong password, or came to a full room', async () => {
    const { hosting } = await together();
    const wrong = await guest.call(eve, room, { password: 'open up' });
    const guessed = next(hosting, 'notice');
    await wrong.start();
    await guessed;
    // So long another address could turn out to be the host's.
    guest.clock.advance(2_000);
    expect(await phase(wrong, 'ended')).toMatchObject({
      end: { error: { code: 'RK_HANDSHAKE_FAILED' } },
    });
    const refused = next(hosting, 'notice');
    const late = await guest.call(eve, room, { password: 'sesame' });
    await late.start();
    expect(await phase(late, 'ended')).toMatchObject({ end: { error: { code: 'RK_ROOM_FULL' } } });
    await refused;
    expect(await visited(guest, eve)).toEqual([]);
  });

  it('is not remembered before it is known that the host lets the guest in', async () => {
    const { visits, clock, logger } = guest;
    let tell: (state: CallState) => void = () => undefined;
    const call = {
      on: (_: 'state', listener: typeof tell) => ((tell = listener), () => undefined),
    };
    const { id, parameters, name } = room;
    const record = { id, parameters, name, ownerName: 'Grace' };
    const account = ada.identity.publicKey;
    updateVisits(call as Pick<Call, 'on'>, { visits, account, room: record, clock, logger });
    const { publicKey: identity } = grace.identity;
    const owner = {
      name: 'Grace',
      identity,
      known: 'new',
      words: [],
      cipher: 'AES-256-GCM',
    } as const;
    tell({ phase: 'live', participants: [owner] });
    expect(await visited(guest, ada)).toEqual([]);
    tell({ phase: 'live', participants: [{ ...owner, connections: 2 }] });
    expect(await visited(guest, ada)).toEqual(['Lab']);
  });
});
