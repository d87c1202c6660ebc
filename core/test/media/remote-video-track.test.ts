import { describe, expect, it } from 'vitest';
import { fakeDeltaUnit, fakeJpegUnit } from '@roomkey/core/conformance';
import { RemoteVideoTrack, type VideoSink } from '../../src/media/remote-video-track.js';
import type { OutgoingStream } from '../../src/streams/outgoing-stream.js';
import type { EndReason } from '../../src/wire/control.js';
import {
  videoHeader,
  type NumberedVideoUnit,
  type VideoCodec,
  type VideoUnit,
} from '../../src/wire/index.js';
import { MuxPair, openStream, recordingHandlers } from '../streams/mux-pair.js';

const picture = { width: 16, height: 16, quality: 1 };

/** A sink that takes units when a test says so. */
class TestVideoSink implements VideoSink {
  readonly units: NumberedVideoUnit[] = [];
  readonly taken: (() => void)[] = [];

  onUnit(unit: NumberedVideoUnit, _bytes: Uint8Array, taken: () => void): void {
    this.units.push(unit);
    this.taken.push(taken);
  }

  takeAll(): void {
    for (const taken of this.taken.splice(0)) taken();
  }
}

interface TrackSetup {
  readonly pair: MuxPair;
  readonly track: RemoteVideoTrack;
  readonly stream: OutgoingStream;
  /** What the sender is asked for. */
  readonly asked: string[];
  readonly seen: NumberedVideoUnit[];
  readonly ends: EndReason[];
  /** Sends a unit, or pictures of a codec that build on each other. */
  readonly send: (unit: VideoUnit | 'vp8' | 'jpeg') => Promise<void>;
}

/** A track whose sender a test plays. */
async function remoteTrack(codecs: readonly VideoCodec[] = ['jpeg', 'vp8']): Promise<TrackSetup> {
  const pair = new MuxPair();
  const seen: NumberedVideoUnit[] = [];
  const ends: EndReason[] = [];
  let track: RemoteVideoTrack | undefined;
  pair.guest.answer = {
    sink: (stream) => {
      track = new RemoteVideoTrack({
        kind: 'camera',
        stream,
        codecs,
        handlers: { onUnit: (unit) => seen.push(unit), onEnd: (reason) => ends.push(reason) },
      });
      return track;
    },
  };
  const asked: string[] = [];
  const handlers = recordingHandlers(asked);
  const stream = openStream(pair.host, { protocol: 'video/1', kind: 'camera', handlers });
  await pair.settle();
  if (track === undefined) throw new Error('the track is not on');
  let before: VideoUnit | undefined;
  const send = async (what: VideoUnit | 'vp8' | 'jpeg'): Promise<void> => {
    let unit;
    if (what === 'jpeg') unit = fakeJpegUnit(picture);
    else unit = what === 'vp8' ? (before = fakeDeltaUnit(picture, 'vp8', before)) : what;
    stream.send({ header: (number) => videoHeader({ ...unit, number }), data: unit.data });
    await pair.settle();
  };
  return { pair, track, stream, asked, seen, ends, send };
}

/** How often a key unit was asked for. */
const requests = ({ asked }: TrackSetup): number =>
  asked.filter((what) => what === 'key frame').length;

describe('a remote track', () => {
  it('gives its units to the sink, and counts what the sink has taken', async () => {
    const { track, stream, seen, send } = await remoteTrack();
    const sink = new TestVideoSink();
    track.setSink(sink);
    await send('jpeg');
    await send('jpeg');
    expect(sink.units).toEqual(seen);
    expect(sink.units.map(({ number }) => number)).toEqual([0, 1]);
    expect(stream.capacity).toBe(0);
    await send('jpeg');
    expect(sink.units).toHaveLength(2);
  });

  it('lets the sender go on when the sink takes a unit, each once', async () => {
    const scene = await remoteTrack();
    const sink = new TestVideoSink();
    scene.track.setSink(sink);
    await scene.send('jpeg');
    await scene.send('jpeg');
    const [first] = sink.taken;
    first?.();
    first?.();
    await scene.pair.settle();
    expect(scene.stream.capacity).toBe(1);
    sink.takeAll();
    await scene.pair.settle();
    expect(scene.stream.capacity).toBe(2);
  });

  it('without a sink takes each unit when it comes', async () => {
    const { stream, seen, send } = await remoteTrack();
    for (let unit = 0; unit < 10; unit += 1) await send('jpeg');
    expect(seen).toHaveLength(10);
    expect(stream.capacity).toBe(2);
  });

  it('asks for a key unit when it gets a new sink, and only where units build on each other', async () => {
    const scene = await remoteTrack();
    scene.track.setSink(new TestVideoSink());
    await scene.send('jpeg');
    scene.track.setSink(new TestVideoSink());
    await scene.pair.settle();
    expect(requests(scene)).toBe(0);
    await scene.send('vp8');
    await scene.send('vp8');
    scene.track.setSink(new TestVideoSink());
    await scene.pair.settle();
    expect(requests(scene)).toBe(1);
  });

  it('asks for no key unit where it loses its sink', async () => {
    const scene = await remoteTrack();
    scene.track.setSink(new TestVideoSink());
    await scene.send('vp8');
    scene.track.setSink(undefined);
    await scene.pair.settle();
    expect(requests(scene)).toBe(0);
  });

  it('gives the sender back what an old sink did not take', async () => {
    const scene = await remoteTrack();
    const old = new TestVideoSink();
    scene.track.setSink(old);
    await scene.send('vp8');
    await scene.send('vp8');
    expect(scene.stream.capacity).toBe(0);
    const sink = new TestVideoSink();
    scene.track.setSink(sink);
    await scene.pair.settle();
    expect(scene.stream.capacity).toBe(2);
    await scene.send('vp8');
    // What the old one says is no news of what the new one has.
    old.takeAll();
    await scene.pair.settle();
    expect(scene.stream.capacity).toBe(1);
    expect(sink.units).toHaveLength(1);
  });

  it('asks for a key unit once until one comes', async () => {
    const scene = await remoteTrack();
    await scene.send('vp8');
    for (let request = 0; request < 1_000; request += 1) scene.track.requestKeyUnit();
    await scene.send('vp8');
    scene.track.requestKeyUnit();
    await scene.pair.settle();
    expect(requests(scene)).toBe(1);
    await scene.send(fakeDeltaUnit(picture, 'vp8', undefined));
    scene.track.requestKeyUnit();
    await scene.pair.settle();
    expect(requests(scene)).toBe(2);
  });

  it('asks for no key unit before a unit came', async () => {
    const scene = await remoteTrack();
    scene.track.requestKeyUnit();
    await scene.pair.settle();
    expect(requests(scene)).toBe(0);
  });

  it('says whether it is shown', async () => {
    const { track, pair, asked } = await remoteTrack();
    track.setVisible(false);
    track.setVisible(true);
    await pair.settle();
    expect(asked).toEqual(['ready', 'hidden', 'visible']);
  });

  it.each(['stopped', 'lost', 'failed'] as const)('says that it has %s', async (reason) => {
    const { pair, stream, ends, track } = await remoteTrack();
    stream.end(reason);
    await pair.settle();
    expect(ends).toEqual([reason]);
    // What is called after the end does nothing.
    track.requestKeyUnit();
    track.setVisible(false);
    expect(pair.guest.channel.waiting).toEqual([]);
  });

  it.each<[string, VideoUnit]>([
    ['a codec that was not offered', fakeDeltaUnit(picture, 'h264', undefined)],
    ['no width', { ...fakeJpegUnit(picture), width: 0 }],
    ['no bytes', { ...fakeJpegUnit(picture), data: new Uint8Array(0) }],
  ])('ends the call at a unit with %s', async (_what, unit) => {
    const { send, seen, track } = await remoteTrack();
    const sink = new TestVideoSink();
    track.setSink(sink);
    await send('jpeg');
    await expect(send(unit)).rejects.toThrow(RangeError);
    expect(seen).toHaveLength(1);
    expect(sink.units).toHaveLength(1);
  });
});
