import { beforeEach, describe, expect, it } from 'vitest';
import type { SignedIn } from '../../src/people/accounts.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { deferred, settleOrAbort } from '../../src/util/deferred.js';
import { identityOf } from '../rooms/setup.js';
import { TestMachine, createSharedNetwork } from './test-machine.js';
import { phase, hasTransportMode, textOf, TrackRecorder } from './test-network.js';

const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
const grace: SignedIn = { name: 'Grace', identity: identityOf('grace') };
const capture = { width: 16, height: 16, fps: 30, quality: 80 };

let host: TestMachine;
let guest: TestMachine;
let room: RoomEntry;

beforeEach(async () => {
  const network = createSharedNetwork();
  host = new TestMachine(network, '10.0.0.1');
  guest = new TestMachine(network, '10.0.0.2');
  room = await host.rooms.create(grace, 'Lab', { password: false });
});

describe('a call while the store is away', () => {
  it('is opened, found by beacons, left and found again', async () => {
    host.storage.goAway();
    guest.storage.goAway();
    const hosting = await host.call(grace, room);
    const notices: unknown[] = [];
    hosting.on('notice', (notice) => notices.push(notice));
    await hosting.start();
    const first = await guest.call(ada, room);
    await first.start();
    await Promise.all([
      phase(hosting, 'live', hasTransportMode),
      phase(first, 'live', hasTransportMode),
    ]);
    await first.leave();
    await phase(hosting, 'waiting');
    const second = await guest.call(ada, room);
    await second.start();
    await phase(second, 'live', hasTransportMode);
    // The monitor of the store reports that it is away.
    expect(notices).toEqual([]);
    expect([...host.warnings, ...guest.warnings]).toEqual([]);
  });

  it('goes on when the store goes, and can be left', async () => {
    const hosting = await host.call(grace, room);
    await hosting.start();
    const joining = await guest.call(ada, room);
    await joining.start();
    await Promise.all([
      phase(hosting, 'live', hasTransportMode),
      phase(joining, 'live', hasTransportMode),
    ]);
    host.storage.goAway();
    guest.storage.goAway();
    // The next refresh of the endpoint fails.
    host.clock.advance(20_000);
    await Promise.all([hosting.camera.start(capture), joining.camera.start(capture)]);
    const seen = new TrackRecorder(joining).next();
    host.camera.capture('still here');
    expect(textOf(await seen)).toBe('still here');
    expect([hosting.state.phase, joining.state.phase]).toEqual(['live', 'live']);
    await hosting.leave();
    expect(hosting.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
    await phase(joining, 'searching');
    await joining.leave();
    expect([...host.warnings, ...guest.warnings]).toEqual([]);
  });

  it('has its endpoint in the store when that is back, and withdraws it', async () => {
    host.storage.goAway();
    const hosting = await host.call(grace, room);
    await hosting.start();
    host.storage.comeBack();
    const stored = deferred<undefined>();
    const watch = await guest.storage.watch('endpoints', () => stored.resolve(undefined));
    host.clock.advance(3_000);
    await stored.promise;
    await watch.stop();
    expect(await guest.rooms.list()).toMatchObject([{ name: 'Lab', live: true }]);
    await hosting.leave();
    expect(await guest.storage.list('endpoints')).toEqual([]);
  });

  it('is not opened where the store says something else', async () => {
    host.storage.failure = new Error('damaged');
    const hosting = await host.call(grace, room);
    await expect(hosting.start()).rejects.toThrow('damaged');
    expect(hosting.state).toMatchObject({ phase: 'ended', end: { kind: 'failed' } });
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('can be left while it waits for a store that never answers', async () => {
    const asked = deferred<undefined>();
    host.storage.get = async (_collection, _id, options) => {
      asked.resolve(undefined);
      return await settleOrAbort(new Promise<never>(() => undefined), options!.signal!);
    };
    const hosting = await host.call(grace, room);
    const starting = hosting.start();
    await asked.promise;
    await Promise.all([
      hosting.leave(),
      expect(starting).rejects.toMatchObject({ code: 'RK_CLOSED' }),
    ]);
    expect(hosting.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
    expect(host.clock.pendingTimers).toBe(0);
  });
});
