import { describe, expect, it } from 'vitest';
import { FakeDecoder, MemoryCamera } from '@roomkey/core/conformance';
import type { Call } from '../../src/call/call.js';
import { createHello } from '../../src/call/hello.js';
import { receivableCodecs, videoOffer } from '../../src/media/video-protocol.js';
import type { VideoCodec, VideoUnit } from '../../src/wire/index.js';
import { identityOf } from '../rooms/setup.js';
import { TestMachine, createSharedNetwork } from './test-machine.js';
import {
  ManualCamera,
  next,
  phase,
  hasTransportMode,
  testIdentity,
  TestNetwork,
  textOf,
  TrackRecorder,
} from './test-network.js';

const capture = { width: 16, height: 16, fps: 30, quality: 80 };
const all: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8', 'vp9', 'av1'];

interface Pair {
  readonly network: TestNetwork;
  readonly cameras: { readonly host: MemoryCamera; readonly guest: MemoryCamera };
  readonly host: Call;
  readonly guest: Call;
}

/** Two people who can receive these codecs, and whose cameras encode on credit, VP8 before all. */
async function pair(receive: {
  readonly host: readonly VideoCodec[];
  readonly guest: readonly VideoCodec[];
}): Promise<Pair> {
  const network = new TestNetwork(await testIdentity('Grace'));
  const cameras = { host: encoder(), guest: encoder() };
  const host = network.hostCall('10.0.0.1', cameras.host, undefined, receive.host);
  const ada = await testIdentity('Ada');
  const guest = network.guestCall(ada, '10.0.0.2', {
    camera: cameras.guest,
    codecs: receive.guest,
  });
  await host.start();
  await guest.start();
  await both({ host, guest });
  return { network, cameras, host, guest };
}

function encoder(): MemoryCamera {
  const encodes: VideoCodec[] = ['vp8', 'h264', 'vp9', 'av1', 'jpeg'];
  return new MemoryCamera([{ id: 'memory', label: 'Memory' }], encodes);
}

async function both({ host, guest }: Pick<Pair, 'host' | 'guest'>): Promise<void> {
  await Promise.all([
    phase(host, 'live', hasTransportMode),
    phase(guest, 'live', hasTransportMode),
  ]);
}

/** Takes a picture and waits for it at the other side. */
async function arrives(camera: MemoryCamera, viewer: TrackRecorder): Promise<VideoUnit> {
  camera.capture();
  return await viewer.next();
}

describe('a hello', () => {
  it.each<[readonly VideoCodec[]]>([[['jpeg']], [[]], [['vp8', 'jpeg']], [all]])(
    'that names %j says that these and JPEG can be received',
    (codecs) => {
      const hello = createHello([videoOffer(codecs)]);
      expect(hello.protocols).toEqual([{ name: 'video/1', codecs }]);
      expect(new Set(receivableCodecs(hello))).toEqual(new Set(['jpeg', ...codecs]));
    },
  );

  it('says nothing by codecs that are not known, and keeps the order of those that are', () => {
    const video = { name: 'video/1', codecs: ['theora', 'av1', 'constructor', 'h264'] };
    const hello = { ...createHello([]), protocols: [{ name: 'video/2', codecs: ['vp8'] }, video] };
    expect(receivableCodecs(hello)).toEqual(['av1', 'h264', 'jpeg']);
  });

  it('without codecs means JPEG, and one without video means no video', () => {
    const hello = { ...createHello([]), protocols: [{ name: 'video/1' }] };
    expect(receivableCodecs(hello)).toEqual(['jpeg']);
    expect(receivableCodecs({ ...hello, protocols: [{ name: 'audio/1' }] })).toBeUndefined();
  });
});

describe('two people', () => {
  it.each<[readonly VideoCodec[], VideoCodec, readonly VideoCodec[], VideoCodec]>([
    [all, 'vp8', all, 'vp8'],
    [['jpeg', 'h264'], 'h264', all, 'vp8'],
    [all, 'vp8', ['jpeg'], 'jpeg'],
    [['jpeg', 'h264'], 'h264', ['jpeg', 'av1'], 'av1'],
  ])('who can receive %j get %s, and who can receive %j get %s', async (...given) => {
    const [hosts, toHost, guests, toGuest] = given;
    const { cameras, host, guest } = await pair({ host: hosts, guest: guests });
    const viewers = { host: new TrackRecorder(host), guest: new TrackRecorder(guest) };
    await Promise.all([host.camera.start(capture), guest.camera.start(capture)]);
    const decoders = { host: new FakeDecoder(), guest: new FakeDecoder() };
    for (let picture = 0; picture < 5; picture += 1) {
      const [atHost, atGuest] = await Promise.all([
        arrives(cameras.guest, viewers.host),
        arrives(cameras.host, viewers.guest),
      ]);
      expect([atHost.codec, atGuest.codec]).toEqual([toHost, toGuest]);
      expect(decoders.host.decode(atHost)).toBe(true);
      expect(decoders.guest.decode(atGuest)).toBe(true);
    }
  });

  it('need no JPEG in the list of what they can receive: it is always there', async () => {
    const network = createSharedNetwork();
    const [host, guest] = [
      new TestMachine(network, '10.0.0.1'),
      new TestMachine(network, '10.0.0.2'),
    ];
    const grace = { name: 'Grace', identity: identityOf('grace') };
    const room = await host.rooms.create(grace, 'Lab', { password: false });
    const hosting = await host.call(grace, room, { codecs: ['vp8'] });
    await hosting.start();
    const joining = await guest.call({ name: 'Ada', identity: identityOf('ada') }, room);
    await joining.start();
    await both({ host: hosting, guest: joining });
    const seen = new TrackRecorder(hosting).next();
    await joining.camera.start(capture);
    guest.camera.capture('a JPEG');
    expect(textOf(await seen)).toBe('a JPEG');
  });

  it('get a key unit when one of them lost the way, and only then', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    for (const [camera, sender, receiver] of [
      [cameras.guest, guest, host],
      [cameras.host, host, guest],
    ] as const) {
      const viewer = new TrackRecorder(receiver);
      await sender.camera.start(capture);
      expect(await arrives(camera, viewer)).toMatchObject({ isKey: true });
      expect(await arrives(camera, viewer)).toMatchObject({ isKey: false });
      const [track] = viewer.tracks;
      track?.requestKeyUnit();
      track?.requestKeyUnit();
      // Those that were encoded before it came are no key units.
      const after = [await arrives(camera, viewer)];
      while (after.at(-1)?.isKey === false && after.length < 4) {
        after.push(await arrives(camera, viewer));
      }
      expect(after.at(-1)).toMatchObject({ isKey: true });
      for (let picture = 0; picture < 4; picture += 1) {
        expect(await arrives(camera, viewer)).toMatchObject({ isKey: false });
      }
    }
    expect([host.state.phase, guest.state.phase]).toEqual(['live', 'live']);
  });

  it('begin with key units after the connection was lost', async () => {
    const { network, cameras, host, guest } = await pair({ host: all, guest: all });
    const viewers = { host: new TrackRecorder(host), guest: new TrackRecorder(guest) };
    await Promise.all([host.camera.start(capture), guest.camera.start(capture)]);
    expect(await arrives(cameras.host, viewers.guest)).toMatchObject({ isKey: true });
    expect(await arrives(cameras.host, viewers.guest)).toMatchObject({ isKey: false });
    expect(await arrives(cameras.guest, viewers.host)).toMatchObject({ isKey: true });
    network.clock.advance(2_000);
    const lost = Promise.all([phase(guest, 'searching'), phase(host, 'waiting')]);
    const ended = next(guest, 'trackEnd');
    network.memory.cut();
    await lost;
    expect(await ended).toEqual({ kind: 'camera', reason: 'lost', sessionOver: true });
    expect([host.tracks.size, guest.tracks.size]).toEqual([0, 0]);
    network.locator.set(...(await network.locator.addresses()));
    await both({ host, guest });
    expect(await arrives(cameras.host, viewers.guest)).toMatchObject({ isKey: true, number: 0 });
    expect(await arrives(cameras.guest, viewers.host)).toMatchObject({ isKey: true, number: 0 });
    expect(viewers.guest.tracks).toHaveLength(2);
  });

  it('see another codec when the camera is started with it', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    const viewer = new TrackRecorder(guest);
    await host.camera.start(capture);
    expect(await arrives(cameras.host, viewer)).toMatchObject({ codec: 'vp8', isKey: true });
    await host.camera.start({ ...capture, codec: 'h264' });
    expect(await arrives(cameras.host, viewer)).toMatchObject({ codec: 'h264', isKey: true });
    await host.camera.start({ ...capture, codec: 'jpeg' });
    expect(await arrives(cameras.host, viewer)).toMatchObject({ codec: 'jpeg' });
    // Another device or codec is the same track.
    expect(viewer.tracks).toHaveLength(1);
    const { sent } = host.statistics;
    expect(sent.camera).toMatchObject({ sent: 3, dropped: 0 });
    expect(sent.screen).toMatchObject({ sent: 0, dropped: 0, bytes: 0 });
  });

  it('are told when a camera goes on and off, and why', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    const told: string[] = [];
    guest.on('track', ({ kind }) => told.push(`${kind} on`));
    guest.on('trackEnd', ({ kind, reason, sessionOver }) => {
      expect(sessionOver).toBeUndefined();
      told.push(`${kind} ${reason}`);
    });
    const changes = async (change: () => unknown, event: 'track' | 'trackEnd'): Promise<void> => {
      const changed = next(guest, event);
      await change();
      await changed;
    };
    await changes(() => host.camera.start(capture), 'track');
    expect([...guest.tracks.keys()]).toEqual(['camera']);
    await changes(() => host.camera.stop(), 'trackEnd');
    expect(guest.tracks.size).toBe(0);
    await changes(() => host.camera.start(capture), 'track');
    await changes(() => cameras.host.disconnect(), 'trackEnd');
    await changes(() => host.screen.start(capture), 'track');
    expect(told).toEqual(['camera on', 'camera stopped', 'camera on', 'camera lost', 'screen on']);
  });

  it('show camera and screen beside each other', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const camera = new MemoryCamera([{ id: 'camera', label: 'Camera' }]);
    const host = network.hostCall('10.0.0.1', camera);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await host.start();
    await guest.start();
    await both({ host, guest });
    const viewers = [
      new TrackRecorder(guest, 'camera'),
      new TrackRecorder(guest, 'screen'),
    ] as const;
    await host.camera.start({ ...capture, width: 20 });
    await host.screen.start({ ...capture, width: 30 });
    camera.capture();
    const seen = await Promise.all(viewers.map((viewer) => viewer.next()));
    expect(seen.map(({ width }) => width)).toEqual([20, 30]);
    expect(guest.statistics.received).toMatchObject({ camera: { units: 1 }, screen: { units: 1 } });
    const ended = next(guest, 'trackEnd');
    await host.screen.stop();
    expect(await ended).toMatchObject({ kind: 'screen' });
    camera.capture();
    expect(await viewers[0].next()).toMatchObject({ width: 20 });
  });

  it('see the newest picture of a camera that runs before they come', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const camera = new ManualCamera();
    const host = network.hostCall('10.0.0.1', camera);
    await host.start();
    await host.camera.start(capture);
    const previews: string[] = [];
    const shown = next(host, 'preview');
    host.on('preview', ({ unit }) => previews.push(textOf(unit)));
    camera.capture('too early');
    await shown;
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    const seen = new TrackRecorder(guest).next();
    await guest.start();
    await both({ host, guest });
    camera.capture('on time');
    expect(textOf(await seen)).toBe('on time');
    expect(previews).toEqual(['too early', 'on time']);
    expect(host.statistics.sent.camera).toMatchObject({ sent: 1, dropped: 0, bytes: 7 });
  });

  it('can leave while there is credit that was not used', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    await Promise.all([host.camera.start(capture), guest.camera.start(capture)]);
    await Promise.all([host.leave(), guest.leave()]);
    expect([cameras.host.openSources, cameras.guest.openSources]).toEqual([0, 0]);
  });
});
