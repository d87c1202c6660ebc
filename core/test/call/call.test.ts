import { describe, expect, it, vi } from 'vitest';
import type { RoomPublication } from '../../src/call/call-types.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { Call } from '../../src/call/call.js';
import { RoomkeyError } from '../../src/errors/index.js';
import { deferred } from '../../src/util/deferred.js';
import {
  ManualCamera,
  next,
  phase,
  hasTransportMode,
  testIdentity,
  TestNetwork,
  textOf,
  TrackRecorder,
  type TestIdentity,
} from './test-network.js';

const capture = { width: 16, height: 16, fps: 30, quality: 80 };

async function live(network: TestNetwork, guestName = 'Ada'): Promise<{ host: Call; guest: Call }> {
  const host = network.hostCall('10.0.0.1');
  const guest = network.guestCall(await testIdentity(guestName), '10.0.0.2');
  await host.start();
  await guest.start();
  await Promise.all([
    phase(host, 'live', hasTransportMode),
    phase(guest, 'live', hasTransportMode),
  ]);
  // What is lost sooner is not looked for at once.
  network.clock.advance(2_000);
  return { host, guest };
}

/** Delays all verifications of identities until `resolve`; `asked`: the names of the peers. */
function delayVerification({ people }: TestIdentity): {
  readonly asked: string[];
  resolve(): void;
} {
  const gate = deferred<undefined>();
  const asked: string[] = [];
  const require = people.verify.bind(people);
  vi.spyOn(people, 'verify').mockImplementation(async (person) => {
    asked.push(person.name);
    await gate.promise;
    return await require(person);
  });
  return { asked, resolve: () => gate.resolve(undefined) };
}

describe('a call', () => {
  it('waits for the partner, shows both the same words, and sends pictures both ways', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const cameras = { host: new ManualCamera(), guest: new ManualCamera() };
    const host = network.hostCall('10.0.0.1', cameras.host);
    await host.start();
    expect(host.state).toEqual({ phase: 'waiting' });
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', {
      camera: cameras.guest,
    });
    await guest.start();
    const atHost = (await phase(host, 'live', hasTransportMode)).participants[0];
    const atGuest = (await phase(guest, 'live', hasTransportMode)).participants[0];
    expect(atHost).toMatchObject({ name: 'Ada', known: 'new', connections: 2 });
    expect(atGuest).toMatchObject({ name: 'Grace', known: 'new', connections: 2 });
    expect(atHost.words).toHaveLength(4);
    expect(atHost.words).toEqual(atGuest.words);
    expect(network.memory.size).toBe(2);
    expect(network.fullUpdates).toEqual([true]);

    await Promise.all([host.camera.start(capture), guest.camera.start(capture)]);
    const seen = Promise.all([new TrackRecorder(host).next(), new TrackRecorder(guest).next()]);
    cameras.host.capture('from the host');
    cameras.guest.capture('from the guest');
    expect((await seen).map(textOf)).toEqual(['from the guest', 'from the host']);
    expect(host.statistics.received).toEqual({
      camera: { units: 1, bytes: 14 },
      screen: { units: 0, bytes: 0 },
      microphone: { units: 0 },
      screenAudio: { units: 0 },
    });
  });

  it('goes over one connection where the guest cannot be dialed', async () => {
    const network = new TestNetwork(await testIdentity('Grace'), 0);
    network.memory.block((_from, to) => to.host === '10.0.0.2');
    const cameras = { host: new ManualCamera(), guest: new ManualCamera() };
    const host = network.hostCall('10.0.0.1', cameras.host);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', {
      camera: cameras.guest,
    });
    await host.start();
    await guest.start();
    expect(await phase(host, 'live', hasTransportMode)).toMatchObject({
      participants: [{ connections: 1 }],
    });
    expect(await phase(guest, 'live', hasTransportMode)).toMatchObject({
      participants: [{ connections: 1 }],
    });
    await Promise.all([host.camera.start(capture), guest.camera.start(capture)]);
    const seen = Promise.all([new TrackRecorder(host).next(), new TrackRecorder(guest).next()]);
    cameras.host.capture('h');
    cameras.guest.capture('g');
    expect((await seen).map(textOf)).toEqual(['g', 'h']);
    expect(network.memory.size).toBe(1);
  });

  it('says that the partner left, and takes them again when they come back', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const ada = await testIdentity('Ada');
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const guest = network.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(host, 'live');
    await phase(guest, 'live');
    const waiting = phase(host, 'waiting');
    await guest.leave();
    expect(await waiting).toEqual({ phase: 'waiting', lastPartner: { name: 'Ada', kind: 'left' } });
    const again = network.guestCall(ada, '10.0.0.3');
    await again.start();
    expect(await phase(host, 'live')).toMatchObject({
      participants: [{ name: 'Ada', known: 'same' }],
    });
  });

  it('comes back by itself after the connections were cut', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const { host, guest } = await live(network);
    const lost = phase(guest, 'searching');
    network.memory.cut();
    expect(await lost).toMatchObject({ lastPartner: { name: 'Grace', kind: 'lost' } });
    network.locator.set(...(await network.locator.addresses()));
    await Promise.all([
      phase(host, 'live', hasTransportMode),
      phase(guest, 'live', hasTransportMode),
    ]);
  });

  it('pauses before it comes back to a host that cuts each connection at once', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    let dials = 0;
    network.memory.block((from) => {
      if (from === '10.0.0.2') dials += 1;
      return false;
    });
    await network.hostCall('10.0.0.1').start();
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    guest.on('state', (state) => {
      if (state.phase === 'live' && hasTransportMode(state))
        setImmediate(() => network.memory.cut());
    });
    await guest.start();
    for (let count = 1; count <= 3; count += 1) {
      await phase(guest, 'live', hasTransportMode);
      await phase(guest, 'searching');
      network.clock.advance(1_999);
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      expect([dials, guest.state.phase]).toEqual([count, 'searching']);
      network.clock.advance(1);
    }
  });

  it('finds the host again at another address', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const { host, guest } = await live(network);
    const searching = phase(guest, 'searching');
    await host.leave();
    expect(await searching).toMatchObject({ lastPartner: { name: 'Grace', kind: 'left' } });
    const moved = network.hostCall('10.0.9.9');
    await moved.start();
    await Promise.all([
      phase(moved, 'live', hasTransportMode),
      phase(guest, 'live', hasTransportMode),
    ]);
  });

  it('takes the same person’s newer connection in place of the one before', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const ada = await testIdentity('Ada');
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const first = network.guestCall(ada, '10.0.0.2');
    await first.start();
    await phase(first, 'live', hasTransportMode);
    const second = network.guestCall(ada, '10.0.0.3');
    await second.start();
    await phase(second, 'live', hasTransportMode);
    expect(await phase(first, 'ended')).toEqual({ phase: 'ended', end: { kind: 'replaced' } });
    expect(host.state.phase).toBe('live');
  });

  it('tells a third person at the first answer that the room is full, and the host who came', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const { host } = await live(network);
    const notice = next(host, 'notice');
    const [address] = await network.locator.addresses();
    // As where the host has two addresses: what the first one says is enough.
    network.locator.set(address!, { host: '10.0.9.9', port: address!.port });
    const guesses = new GuessLimit();
    const eve = await testIdentity('Eve');
    const third = network.guestCall(eve, '10.0.0.3', { guesses });
    const dialed: string[] = [];
    const phases: string[] = [];
    third.on('state', (state) => {
      phases.push(state.phase);
      if (state.phase === 'connecting') dialed.push(state.host);
    });
    await third.start();
    expect(await phase(third, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_ROOM_FULL' } },
    });
    expect(dialed).toEqual(['10.0.0.1']);
    expect(phases).not.toContain('live');
    expect(await notice).toMatchObject({
      topic: 'refused',
      error: { code: 'RK_ROOM_FULL', message: 'Eve tried to join. The room is full.' },
    });
    expect(host.state.phase).toBe('live');
    // The host showed that it knows the password, so this was no guess at it.
    for (let count = 0; count < 2; count += 1) guesses.add();
    expect(guesses.isSuspicious).toBe(false);
    // A guest that was refused was not met.
    expect(await eve.people.list()).toEqual([]);
  });

  it('lets in one of two who come at once, and remembers only that one', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const recognition = delayVerification(network.host);
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const first = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await first.start();
    await vi.waitFor(() => expect(recognition.asked).toEqual(['Ada']));
    const notice = next(host, 'notice');
    const second = network.guestCall(await testIdentity('Eve'), '10.0.0.3');
    await second.start();
    await vi.waitFor(() => expect(recognition.asked).toEqual(['Ada', 'Eve']));
    recognition.resolve();
    expect(await notice).toMatchObject({ topic: 'refused', error: { code: 'RK_ROOM_FULL' } });
    expect(await phase(host, 'live', hasTransportMode)).toMatchObject({
      participants: [{ name: 'Ada' }],
    });
    expect(await network.host.people.list()).toMatchObject([{ name: 'Ada' }]);
  });

  it('has two connections again after one that broke before the host was verified', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const ada = await testIdentity('Ada');
    const recognition = delayVerification(ada);
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const guest = network.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(host, 'live');
    network.memory.cut();
    await phase(host, 'waiting');
    recognition.resolve();
    await phase(guest, 'searching');
    network.clock.advance(2_000);
    network.locator.set(...(await network.locator.addresses()));
    expect(await phase(guest, 'live', hasTransportMode)).toMatchObject({
      participants: [{ connections: 2 }],
    });
  });

  it('refuses a wrong password, tells the host, and lets no unit out', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const camera = new ManualCamera();
    const host = network.hostCall('10.0.0.1', camera);
    await host.start();
    await host.camera.start(capture);
    const sent: unknown[] = [];
    host.on('sent', (unit) => sent.push(unit));
    const notice = next(host, 'notice');
    const guest = network.guestCall(await testIdentity('Eve'), '10.0.0.2', {
      passwordSecret: new Uint8Array(32).fill(8),
    });
    await guest.start();
    camera.capture('secret');
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_HANDSHAKE_FAILED' } },
    });
    expect(await notice).toMatchObject({
      topic: 'refused',
      error: {
        code: 'RK_HANDSHAKE_FAILED',
        message: 'Someone entered a wrong password.',
      },
    });
    expect(host.state).toEqual({ phase: 'waiting' });
    expect(sent).toEqual([]);
  });

  it('ends for the guest when the owner deletes the room', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const { host, guest } = await live(network);
    await host.leave({ roomClosed: true });
    expect(await phase(guest, 'ended')).toMatchObject({ end: { kind: 'room-closed' } });
    expect(host.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
    expect(network.memory.size).toBe(0);
  });

  it('goes on without a picture when the camera is unplugged', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const camera = new ManualCamera();
    const host = network.hostCall('10.0.0.1', camera);
    await host.start();
    await host.camera.start(capture);
    const notice = next(host, 'notice');
    camera.unplug(new RoomkeyError('RK_CAMERA_LOST', 'unplugged'));
    expect(await notice).toMatchObject({ topic: 'camera', error: { code: 'RK_CAMERA_LOST' } });
    expect(host.state.phase).toBe('waiting');
  });

  it('closes what is still being opened when it is left', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const begun = deferred<undefined>();
    const published = deferred<RoomPublication>();
    const stop = vi.fn(() => Promise.resolve());
    const host = network.hostCall('10.0.0.1', undefined, {
      publish: () => {
        begun.resolve(undefined);
        return published.promise;
      },
    });
    const start = host.start();
    await begun.promise;
    const leave = host.leave();
    published.resolve({ setFull: () => undefined, stop });
    await expect(start).rejects.toMatchObject({ code: 'RK_CLOSED' });
    await leave;
    expect(stop).toHaveBeenCalledOnce();
    expect(host.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
  });

  it('can be left twice, at any time, and leaves nothing open', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    await Promise.all([host.leave(), host.leave(), guest.leave()]);
    await guest.leave();
    expect(network.memory.size).toBe(0);
    expect(host.state.phase).toBe('ended');
    expect(guest.state.phase).toBe('ended');
  });
});
