import { describe, expect, it } from 'vitest';
import { MemoryCamera, FakeDecoder } from '@roomkey/core/conformance';
import type { Call } from '../../src/call/call.js';
import { capabilitiesOf, codecsOf } from '../../src/call/codecs.js';
import type { VideoCodec, VideoFrame } from '../../src/contracts/camera.js';
import { identityOf } from '../rooms/setup.js';
import { Desk, shared } from './desk.js';
import { next, phase, routed, someone, Stage } from './two-people.js';

const capture = { width: 16, height: 16, fps: 30, quality: 80 };
const all: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

interface Pair {
  readonly stage: Stage;
  readonly cameras: { readonly host: MemoryCamera; readonly guest: MemoryCamera };
  readonly host: Call;
  readonly guest: Call;
}

/** Two people who show these codecs, and whose cameras encode all on demand, VP8 first. */
async function pair(shown: {
  readonly host: readonly VideoCodec[];
  readonly guest: readonly VideoCodec[];
}): Promise<Pair> {
  const stage = new Stage(await someone('Grace'));
  const cameras = { host: encoder(), guest: encoder() };
  const host = stage.hostCall('10.0.0.1', cameras.host, undefined, shown.host);
  const ada = await someone('Ada');
  const guest = stage.guestCall(ada, '10.0.0.2', { camera: cameras.guest, codecs: shown.guest });
  await host.start();
  await guest.start();
  await both({ host, guest });
  return { stage, cameras, host, guest };
}

function encoder(): MemoryCamera {
  return new MemoryCamera([{ id: 'memory', label: 'Memory' }], ['vp8', 'h264', 'jpeg']);
}

async function both({ host, guest }: Pick<Pair, 'host' | 'guest'>): Promise<void> {
  await Promise.all([phase(host, 'live', routed), phase(guest, 'live', routed)]);
}

/** Takes a picture and waits for it at the other side. */
async function arrives(camera: MemoryCamera, receiver: Call): Promise<VideoFrame> {
  const frame = next(receiver, 'frame');
  camera.captureFrame();
  return (await frame).frame;
}

function isKey(frame: VideoFrame | undefined): boolean {
  return frame !== undefined && frame.codec !== 'jpeg' && frame.isKey;
}

describe('capabilities', () => {
  it.each([
    [['jpeg'], 1],
    [[], 1],
    [['jpeg', 'h264'], 3],
    [['vp8', 'jpeg'], 5],
    [['jpeg', 'h264', 'vp8'], 7],
  ] as const)('of %j are %i', (codecs, bits) => {
    expect(capabilitiesOf(codecs)).toBe(bits);
    expect(new Set(codecsOf(bits))).toEqual(new Set(['jpeg', ...codecs]));
  });

  it('that are not known say nothing', () => {
    expect(codecsOf(0xffff_fff9)).toEqual(['jpeg']);
  });

  it('stand in the beacon', async () => {
    const network = shared();
    const [host, guest] = [new Desk(network, '10.0.0.1'), new Desk(network, '10.0.0.2')];
    const grace = { name: 'Grace', identity: identityOf('grace') };
    const ada = { name: 'Ada', identity: identityOf('ada') };
    const room = await host.rooms.create(grace, 'Lab', { password: false });
    const hosting = await host.call(grace, room, { codecs: ['jpeg', 'vp8'] });
    await hosting.start();
    const joining = await guest.call(ada, room);
    await joining.start();
    await both({ host: hosting, guest: joining });
    expect(guest.live.get(room.id)).toMatchObject({ capabilities: 5 });
  });
});

describe('two people', () => {
  it.each([
    [all, all, 'vp8'],
    [['jpeg', 'h264'], all, 'h264'],
    [all, ['jpeg', 'h264'], 'h264'],
    [all, ['jpeg'], 'jpeg'],
    [['jpeg'], all, 'jpeg'],
    [['jpeg', 'h264'], ['jpeg', 'vp8'], 'jpeg'],
  ] as const)('who show %j and %j send %s both ways', async (hosts, guests, codec) => {
    const { cameras, host, guest } = await pair({ host: hosts, guest: guests });
    await Promise.all([host.startCamera(capture), guest.startCamera(capture)]);
    const decoders = { host: new FakeDecoder(), guest: new FakeDecoder() };
    for (let picture = 0; picture < 5; picture += 1) {
      const frames = await Promise.all([
        arrives(cameras.guest, host),
        arrives(cameras.host, guest),
      ]);
      expect(frames.map((frame) => frame.codec)).toEqual([codec, codec]);
      expect(decoders.host.decode(frames[0])).toBe(true);
      expect(decoders.guest.decode(frames[1])).toBe(true);
    }
  });

  it('get a key frame when one of them lost the way, and only then', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    host.requestKeyFrame();
    await Promise.all([host.startCamera(capture), guest.startCamera(capture)]);
    for (const [camera, receiver] of [
      [cameras.guest, host],
      [cameras.host, guest],
    ] as const) {
      expect(await arrives(camera, receiver)).toMatchObject({ isKey: true });
      expect(await arrives(camera, receiver)).toMatchObject({ isKey: false });
      receiver.requestKeyFrame();
      receiver.requestKeyFrame();
      // It is on its way before the acknowledgement of the next frame, and two may be without one.
      const after = [await arrives(camera, receiver)];
      while (!isKey(after.at(-1)) && after.length < 4) after.push(await arrives(camera, receiver));
      expect(isKey(after.at(-1))).toBe(true);
      for (let picture = 0; picture < 4; picture += 1) {
        expect(isKey(await arrives(camera, receiver))).toBe(false);
      }
    }
    expect([host.state.phase, guest.state.phase]).toEqual(['live', 'live']);
  });

  it('begin with key frames after the connection was lost', async () => {
    const { stage, cameras, host, guest } = await pair({ host: all, guest: all });
    await Promise.all([host.startCamera(capture), guest.startCamera(capture)]);
    expect(await arrives(cameras.host, guest)).toMatchObject({ isKey: true });
    expect(await arrives(cameras.host, guest)).toMatchObject({ isKey: false });
    const lost = Promise.all([phase(guest, 'searching'), phase(host, 'waiting')]);
    // What is lost sooner is not looked for at once.
    stage.clock.advance(2_000);
    stage.network.cut();
    await lost;
    stage.directory.set(...(await stage.directory.addresses()));
    await both({ host, guest });
    expect(await arrives(cameras.host, guest)).toMatchObject({ isKey: true });
    expect(await arrives(cameras.guest, host)).toMatchObject({ isKey: true });
  });

  it('see another codec when the camera is started with it', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    await host.startCamera(capture);
    expect(await arrives(cameras.host, guest)).toMatchObject({ codec: 'vp8', isKey: true });
    await host.stopCamera();
    await host.startCamera({ ...capture, codec: 'h264' });
    expect(await arrives(cameras.host, guest)).toMatchObject({ codec: 'h264', isKey: true });
    await host.startCamera({ ...capture, codec: 'jpeg' });
    expect(await arrives(cameras.host, guest)).toMatchObject({ codec: 'jpeg' });
    expect(host.statistics.sent).toMatchObject({ offered: 3, sent: 3, dropped: 0 });
  });

  it('can leave while a frame is asked for', async () => {
    const { cameras, host, guest } = await pair({ host: all, guest: all });
    await Promise.all([host.startCamera(capture), guest.startCamera(capture)]);
    await Promise.all([host.leave(), guest.leave()]);
    expect([cameras.host.openSources, cameras.guest.openSources]).toEqual([0, 0]);
  });
});
