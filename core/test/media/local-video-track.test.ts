import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeDeltaUnit, fakeJpegUnit, MemoryCamera } from '@roomkey/core/conformance';
import type { CaptureRequest, VideoSource } from '../../src/contracts/camera.js';
import type { OperationOptions } from '../../src/contracts/options.js';
import {
  LocalVideoTrack,
  type LocalVideoTrackHandlers,
} from '../../src/media/local-video-track.js';
import { MAX_PICTURE_BYTES, type VideoUnit } from '../../src/wire/index.js';
import { liveTrack, Receiver, request, settled, Studio } from './video-pair.js';

const { signal } = new AbortController();
const nothingSent = { sent: 0, dropped: 0, bytes: 0 };

function trackOf(
  camera: MemoryCamera,
  handlers: Partial<LocalVideoTrackHandlers> = {},
): LocalVideoTrack {
  const track = new LocalVideoTrack('camera', camera, {
    onPreview: () => undefined,
    onSent: () => undefined,
    onLost: (error) => expect.unreachable(String(error)),
    ...handlers,
  });
  onTestFinished(() => track.stop());
  return track;
}

describe('a track whose camera encodes on credit', () => {
  it('tells it what the receiver can decode, and then gives credit for what can go out', async () => {
    const { camera, receiver } = await liveTrack();
    expect(receiver.pair.guest.opens).toEqual([
      { type: 'open', stream: 2, protocol: 'video/1', kind: 'camera' },
    ]);
    expect(camera.told).toEqual(['codecs jpeg h264 vp8', 'grant 2']);
    await camera.take();
    await receiver.settle();
    expect(receiver.newest).toMatchObject({ codec: 'h264', isKey: true, number: 0 });
    expect(camera.told.slice(2)).toEqual(['grant 1']);
  });

  it('gives no credit before the stream is accepted', async () => {
    const camera = new Studio();
    const track = trackOf(camera);
    await track.start(request, signal);
    const receiver = new Receiver();
    track.connect(receiver);
    await camera.take();
    expect(camera.told).toEqual(['codecs jpeg h264 vp8']);
    await receiver.settle();
    expect(camera.told).toContain('grant 2');
  });

  it('gives no credit while no one is there', async () => {
    const camera = new Studio();
    const track = trackOf(camera);
    await track.start(request, signal);
    await camera.take();
    expect(camera.told).toEqual([]);
    expect(track.counts).toMatchObject(nothingSent);
  });

  it('never has the camera hold more credit than units can go out', async () => {
    const { camera, track, receiver } = await liveTrack();
    const { host, guest } = receiver.pair;
    for (let picture = 0; picture < 20; picture += 1) {
      await camera.take();
      // Two are on the way or not taken, or will be once they are encoded.
      const onTheWay = track.counts.sent - receiver.newestSink.stream.consumed;
      expect(camera.credit + onTheWay).toBeLessThanOrEqual(2);
      expect(camera.credit).toBeGreaterThanOrEqual(0);
      if (picture % 3 === 0) receiver.pair.deliver(host, guest, 1);
      if (picture % 4 === 0) await receiver.settle();
    }
    await receiver.settle();
    expect(receiver.shown).not.toContain(false);
    expect(track.counts).toMatchObject({ sent: receiver.units.length, dropped: 0 });
  });

  it('gives no more credit while the receiver’s sink takes nothing, and drops nothing', async () => {
    const { camera, track, receiver } = await liveTrack();
    receiver.newestSink.takes = false;
    for (let picture = 0; picture < 10; picture += 1) {
      await camera.take();
      await receiver.settle();
    }
    expect(receiver.units).toHaveLength(2);
    expect(camera.credit).toBe(0);
    receiver.newestSink.stream.consume();
    await receiver.settle();
    // The newest of those that were taken meanwhile.
    expect(receiver.units).toHaveLength(3);
    expect(receiver.shown).not.toContain(false);
    expect(receiver.units.map(({ isKey }) => isKey)).toEqual([true, false, false]);
    expect(track.counts).toMatchObject({ sent: 3, dropped: 0 });
    const bytes = receiver.units.reduce((sum, { data }) => sum + data.length, 0);
    expect(track.counts.bytes).toBe(bytes);
  });

  it('tells of each unit that goes out, with its number', async () => {
    const { camera, receiver, sent } = await liveTrack();
    for (let picture = 0; picture < 3; picture += 1) {
      await camera.take();
      await receiver.settle();
    }
    expect(sent.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(sent.map(({ data }) => data)).toEqual(receiver.units.map(({ data }) => data));
  });

  it('sends JPEG to a receiver that can decode nothing else, and asks for no key unit', async () => {
    const { camera, receiver } = await liveTrack(new Receiver(['jpeg']));
    await camera.take();
    await camera.take();
    await receiver.settle();
    expect(receiver.units.map(({ codec }) => codec)).toEqual(['jpeg', 'jpeg']);
    expect(camera.told).not.toContain('key unit');
  });

  it('begins with a key unit for each new receiver, and numbers its units from 0', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await camera.take();
    await receiver.settle();
    const codecs = [['jpeg', 'vp8'], ['jpeg', 'h264', 'vp8'], ['jpeg']] as const;
    for (const [at, expected] of [
      [0, 'vp8'],
      [1, 'h264'],
      [2, 'jpeg'],
    ] as const) {
      track.connect(undefined);
      const next = new Receiver(codecs[at]);
      track.connect(next);
      await next.settle();
      for (let picture = 0; picture < 2; picture += 1) {
        await camera.take();
        await next.settle();
      }
      expect(next.units[0]).toMatchObject({ isKey: true, number: 0 });
      expect(next.units.map(({ codec }) => codec)).toEqual([expected, expected]);
      expect(next.shown).toEqual([true, true]);
    }
    expect(receiver.units).toHaveLength(2);
    expect(track.counts).toMatchObject({ sent: 8, dropped: 0 });
  });

  it('sends a new receiver nothing that was encoded for the one before', async () => {
    const { camera, track } = await liveTrack();
    await camera.take();
    track.connect(undefined);
    const second = new Receiver();
    track.connect(second);
    await second.settle();
    // As from a camera that does not forget what it has encoded.
    const former = fakeDeltaUnit(request, 'h264', undefined);
    camera.push(fakeDeltaUnit(request, 'h264', former));
    await settled();
    await second.settle();
    expect(second.units).toEqual([]);
    await camera.take();
    await second.settle();
    expect(second.shown).toEqual([true]);
    expect(track.counts).toMatchObject({ sent: 2, dropped: 1 });
  });

  it('sends no receiver a codec that it did not name', async () => {
    const { camera, track, receiver } = await liveTrack(new Receiver(['jpeg', 'vp8']));
    await camera.take();
    camera.push(fakeDeltaUnit(request, 'h264', undefined));
    await settled();
    await camera.take();
    await receiver.settle();
    expect(receiver.units.map(({ codec }) => codec)).toEqual(['vp8', 'vp8']);
    // What follows a dropped unit could build on it.
    expect(receiver.newest.isKey).toBe(true);
    expect(camera.told).toContain('key unit');
    expect(track.counts).toMatchObject({ sent: 2, dropped: 1 });
  });

  it('drops a unit that is too large for the wire, and asks for a key unit', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    const first = fakeDeltaUnit(request, 'h264', undefined);
    camera.push({ ...first, isKey: false, data: new Uint8Array(MAX_PICTURE_BYTES + 1) });
    await settled();
    await receiver.settle();
    expect(camera.told).toContain('key unit');
    await camera.take();
    await receiver.settle();
    expect(receiver.units.map(({ number }) => number)).toEqual([0, 1]);
    expect(receiver.newest).toMatchObject({ codec: 'h264', isKey: true });
    expect(track.counts).toMatchObject({ sent: 2, dropped: 1 });
  });

  it('sends the largest unit that the wire takes', async () => {
    const { camera, receiver } = await liveTrack();
    const data = new Uint8Array(MAX_PICTURE_BYTES).fill(7);
    camera.push({ ...fakeDeltaUnit(request, 'h264', undefined), data });
    await settled();
    await receiver.settle();
    expect(Buffer.compare(receiver.newest.data, data)).toBe(0);
  });

  it('drops delta units until a key unit comes, and asks once for it', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await receiver.settle();
    const lost = fakeDeltaUnit(request, 'h264', undefined);
    camera.push({ ...lost, isKey: false, data: new Uint8Array(MAX_PICTURE_BYTES + 1) });
    await settled();
    for (let unit = 0; unit < 3; unit += 1) camera.push(fakeDeltaUnit(request, 'h264', lost));
    await settled();
    await receiver.settle();
    expect(receiver.units).toHaveLength(1);
    expect(camera.told.filter((what) => what === 'key unit')).toHaveLength(1);
    await camera.take();
    await receiver.settle();
    expect(receiver.units.map(({ isKey }) => isKey)).toEqual([true, true]);
    expect(track.counts).toMatchObject({ sent: 2, dropped: 4 });
  });

  it('asks for a key unit where one that the next builds on was overwritten', async () => {
    const { camera, receiver } = await liveTrack();
    // A camera that gives units for which it had no credit.
    let before: VideoUnit | undefined;
    for (let unit = 0; unit < 4; unit += 1) {
      before = fakeDeltaUnit(request, 'h264', before);
      camera.push(before);
    }
    await settled();
    expect(camera.told.filter((what) => what === 'key unit')).toHaveLength(1);
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.newest).toMatchObject({ isKey: true });
    expect(receiver.shown.at(-1)).toBe(true);
  });

  it('answers a request for a key unit with the next unit that is encoded', async () => {
    const { camera, receiver } = await liveTrack();
    await camera.take();
    await receiver.settle();
    receiver.newestSink.stream.requestKeyFrame();
    await receiver.settle();
    expect(camera.told.filter((what) => what === 'key unit')).toHaveLength(1);
    for (let picture = 0; picture < 2; picture += 1) {
      await camera.take();
      await receiver.settle();
    }
    expect(receiver.units.map(({ isKey }) => isKey)).toEqual([true, true, false]);
    receiver.newestSink.stream.requestKeyFrame();
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.newest.isKey).toBe(true);
  });

  it('is stopped and started again, as a new stream', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await receiver.settle();
    await track.stop();
    await receiver.settle();
    expect(camera.openSources).toBe(0);
    expect(receiver.newestSink.ended).toBe('stopped');
    await track.start({ ...request, codec: 'vp8' }, signal);
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.sinks).toHaveLength(2);
    expect(receiver.units.map(({ codec, isKey, number }) => [codec, isKey, number])).toEqual([
      ['h264', true, 0],
      ['vp8', true, 0],
    ]);
    expect(track.counts).toMatchObject({ sent: 2, dropped: 0 });
    await track.stop();
    await track.stop();
    await receiver.settle();
    expect(receiver.newestSink.ended).toBe('stopped');
  });

  it('goes on with another device in the same stream, with a key unit', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await camera.take();
    await receiver.settle();
    await track.start({ ...request, width: 32 }, signal);
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.sinks).toHaveLength(1);
    expect(receiver.units.map(({ width, isKey }) => [width, isKey])).toEqual([
      [16, true],
      [16, false],
      [32, true],
    ]);
    expect(camera.openSources).toBe(1);
  });

  it('gives another device no more credit than the link takes at that moment', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await camera.take();
    // Two are on the way.
    await track.start(request, signal);
    await settled();
    expect(camera.told.slice(-1)).toEqual(['codecs jpeg h264 vp8']);
    await receiver.settle();
    expect(camera.credit).toBe(2);
  });

  it('is started before there is a receiver, and goes to each that comes', async () => {
    const camera = new Studio();
    const track = trackOf(camera);
    const receiver = new Receiver();
    track.connect(receiver);
    await receiver.settle();
    expect(receiver.sinks).toEqual([]);
    await track.start(request, signal);
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.units).toHaveLength(1);
  });

  it('that could not be opened again ends, and can be started later', async () => {
    const { camera, track, receiver } = await liveTrack();
    const other = { ...request, deviceId: 'none' };
    await expect(track.start(other, signal)).rejects.toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
    await receiver.settle();
    expect(receiver.newestSink.ended).toBe('stopped');
    expect(camera.openSources).toBe(0);
    await track.start(request, signal);
    await receiver.settle();
    expect(receiver.sinks).toHaveLength(2);
  });

  it('sends nothing more of a stream that the receiver refuses, and nothing else breaks', async () => {
    const { camera, track, receiver } = await liveTrack();
    await camera.take();
    await receiver.settle();
    receiver.newestSink.stream.refuse();
    await receiver.settle();
    const given = camera.told.length;
    for (let picture = 0; picture < 3; picture += 1) {
      await camera.take();
      await receiver.settle();
    }
    expect(receiver.units).toHaveLength(1);
    expect(camera.told).toHaveLength(given);
    expect(camera.openSources).toBe(1);
    // Another start asks again.
    await track.start(request, signal);
    await receiver.settle();
    expect(receiver.sinks).toHaveLength(2);
  });

  it('ends as lost where the device goes away, and is started again', async () => {
    const { camera, track, receiver, lost } = await liveTrack();
    camera.disconnect();
    await settled();
    await receiver.settle();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
    expect(receiver.newestSink.ended).toBe('lost');
    await track.start(request, signal);
    await receiver.settle();
    await camera.take();
    await receiver.settle();
    expect(receiver.newest).toMatchObject({ isKey: true });
  });

  it('tells of a lost device also while there is no credit and no one to send to', async () => {
    const { camera, track, lost } = await liveTrack();
    track.connect(undefined);
    camera.disconnect();
    await settled();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
    expect(camera.openSources).toBe(0);
  });

  it('is lost where the device says so while its iteration waits for credit', async () => {
    const camera = new Studio();
    const source = await camera.open(request);
    const waiting: VideoSource = {
      ...source,
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    vi.spyOn(camera, 'open').mockResolvedValue(waiting);
    const lost: unknown[] = [];
    const track = trackOf(camera, { onLost: (error) => lost.push(error) });
    await track.start(request, signal);
    camera.disconnect();
    await settled();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
  });

  it('that was stopped is not lost', async () => {
    const { track, lost } = await liveTrack();
    await track.stop();
    await settled();
    expect(lost).toEqual([]);
  });

  it('knows whether the receiver shows it, and takes the next one to do so', async () => {
    const { track, receiver } = await liveTrack();
    expect(track.counts.isShown).toBe(true);
    receiver.newestSink.stream.setVisible(false);
    await receiver.settle();
    expect(track.counts.isShown).toBe(false);
    track.connect(new Receiver());
    expect(track.counts.isShown).toBe(true);
  });

  it('sends nothing more once no one is there', async () => {
    const { camera, track, receiver } = await liveTrack();
    track.connect(undefined);
    await camera.take();
    await camera.take();
    await receiver.settle();
    expect(receiver.units).toEqual([]);
    expect(track.counts).toMatchObject(nothingSent);
  });
});

describe('a track whose camera encodes at its own rate', () => {
  /** With a log of its previews. */
  async function ownRate() {
    const camera = new MemoryCamera();
    const previews: VideoUnit[] = [];
    const lost: unknown[] = [];
    const track = trackOf(camera, {
      onPreview: (unit) => previews.push(unit),
      onLost: (error) => lost.push(error),
    });
    await track.start(request, signal);
    const take = async (): Promise<void> => {
      camera.capture();
      await settled();
    };
    return { camera, track, previews, lost, take };
  }

  it('shows each picture as a preview, with a receiver and without', async () => {
    const { track, previews, take } = await ownRate();
    await take();
    expect(track.counts).toMatchObject(nothingSent);
    const receiver = new Receiver();
    track.connect(receiver);
    await receiver.settle();
    await take();
    await receiver.settle();
    expect(previews).toHaveLength(2);
    expect(receiver.units.map(({ data }) => data)).toEqual([previews[1]?.data]);
  });

  it('has two pictures on the way, and of those that wait only the newest', async () => {
    const { track, previews, take } = await ownRate();
    const receiver = new Receiver();
    track.connect(receiver);
    await receiver.settle();
    for (let picture = 0; picture < 6; picture += 1) await take();
    expect(track.counts).toMatchObject({ sent: 2, dropped: 3 });
    await receiver.settle();
    const expected = [0, 1, 5].map((at) => previews[at]?.data);
    expect(receiver.units.map(({ data }) => data)).toEqual(expected);
    expect(receiver.units.map(({ number }) => number)).toEqual([0, 1, 2]);
    const bytes = expected.reduce((sum, data) => sum + (data?.length ?? 0), 0);
    expect(track.counts).toMatchObject({ sent: 3, dropped: 3, bytes });
  });

  it('forgets what waited for a receiver that is gone', async () => {
    const { track, take } = await ownRate();
    const first = new Receiver();
    track.connect(first);
    await first.settle();
    for (let picture = 0; picture < 3; picture += 1) await take();
    track.connect(undefined);
    await take();
    const second = new Receiver();
    track.connect(second);
    await second.settle();
    expect(second.units).toEqual([]);
    await take();
    await second.settle();
    expect(second.units).toHaveLength(1);
  });

  it('drops a picture that is too large for the wire, and goes on', async () => {
    const { camera, track, take } = await ownRate();
    const receiver = new Receiver();
    track.connect(receiver);
    await receiver.settle();
    camera.push({ ...fakeJpegUnit(request), data: new Uint8Array(MAX_PICTURE_BYTES + 1) });
    await settled();
    await take();
    await receiver.settle();
    expect(receiver.units).toHaveLength(1);
    expect(track.counts).toMatchObject({ sent: 1, dropped: 1 });
  });

  it('ends as lost where the device goes away', async () => {
    const { camera, track, lost } = await ownRate();
    const receiver = new Receiver();
    track.connect(receiver);
    await receiver.settle();
    camera.disconnect();
    await settled();
    await receiver.settle();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
    expect(receiver.newestSink.ended).toBe('lost');
  });
});

/** A camera that stands before a question: it opens when a test says so, or never. */
class Asking extends MemoryCamera {
  readonly asked: string[] = [];

  override open(wanted: CaptureRequest, { signal }: OperationOptions = {}): Promise<VideoSource> {
    this.asked.push(wanted.deviceId ?? 'first');
    if (wanted.deviceId === 'memory') return super.open(wanted);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}

describe('a track whose camera asks a person first', () => {
  it('is given up by stop, which does not wait for the answer', async () => {
    const track = trackOf(new Asking());
    const starting = track.start(request, signal);
    await settled();
    const stopping = track.stop();
    await expect(starting).rejects.toMatchObject({ code: 'RK_CLOSED' });
    await stopping;
  });

  it('is given up for another one, and neither is broken off once it is open', async () => {
    const camera = new Asking();
    const track = trackOf(camera);
    const first = track.start(request, signal);
    const second = track.start({ ...request, deviceId: 'screen' }, signal);
    const third = track.start({ ...request, deviceId: 'memory' }, signal);
    for (const early of [first, second]) {
      await expect(early).rejects.toMatchObject({ code: 'RK_CLOSED' });
    }
    await third;
    expect(camera.asked.at(-1)).toBe('memory');
    expect(camera.openSources).toBe(1);
  });
});

it('a track changes the quality of the camera that runs, and of none', async () => {
  const { camera, track, receiver } = await liveTrack();
  await camera.take();
  expect(() => track.setQuality(101)).toThrow(RangeError);
  track.setQuality(20);
  await receiver.settle();
  await camera.take();
  await receiver.settle();
  const [before, after] = receiver.units;
  expect(after?.data.length).toBeLessThan(before?.data.length ?? 0);
  await track.stop();
  track.setQuality(20);
});
