import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryCamera, FakeDecoder, fakeDeltaFrame } from '@roomkey/core/conformance';
import { MAX_PICTURE_BYTES, type NumberedFrame } from '../../src/call/media.js';
import { OutgoingVideo } from '../../src/call/outgoing-video.js';
import type { FrameReceiver } from '../../src/call/sender.js';
import type { CaptureRequest, FrameSource, VideoCodec } from '../../src/contracts/camera.js';
import type { OperationOptions } from '../../src/contracts/options.js';

const request: CaptureRequest = { width: 16, height: 16, fps: 30, quality: 50 };
const { signal } = new AbortController();
const everyCodec: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** Lets what was asked for come. */
const settled = (): Promise<void> => new Promise(setImmediate);

/** A camera that encodes on demand, of which the test sees what it is asked. */
class Studio extends MemoryCamera {
  readonly asked: string[] = [];

  constructor(encodes: readonly VideoCodec[] = ['h264', 'vp8', 'jpeg']) {
    super([{ id: 'memory', label: 'Memory' }], encodes);
  }

  override async open(wanted: CaptureRequest): Promise<FrameSource> {
    const source = await super.open(wanted);
    const { onDemand } = source;
    if (onDemand === undefined) throw new Error('it encodes on demand');
    const frames = source[Symbol.asyncIterator]();
    return {
      onDemand: {
        lost: onDemand.lost,
        setCodecs: (codecs) => {
          this.asked.push(`codecs ${codecs.join(' ')}`);
          onDemand.setCodecs(codecs);
        },
        requestKeyFrame: () => {
          this.asked.push('key frame');
          onDemand.requestKeyFrame();
        },
      },
      setQuality: (quality) => source.setQuality(quality),
      close: () => source.close(),
      [Symbol.asyncIterator]: () => ({
        next: () => {
          this.asked.push('frame');
          return frames.next();
        },
      }),
    };
  }

  /** Takes a picture and lets the frame come. */
  async take(): Promise<void> {
    this.captureFrame();
    await settled();
  }
}

/** A partner who notes what comes; the test acknowledges. */
class Partner implements FrameReceiver {
  readonly codecs: readonly VideoCodec[];
  readonly frames: NumberedFrame[] = [];
  readonly shown: boolean[] = [];
  /** Whether the transport keeps what it could not take yet. */
  keepsAll = true;
  readonly #decoder = new FakeDecoder();

  constructor(codecs: readonly VideoCodec[] = everyCodec) {
    this.codecs = codecs;
  }

  sendFrame(frame: NumberedFrame): boolean {
    this.frames.push(frame);
    this.shown.push(this.#decoder.decode(frame.frame));
    return this.keepsAll;
  }

  get newest(): NumberedFrame {
    const newest = this.frames.at(-1);
    if (newest === undefined) throw new Error('no frame came');
    return newest;
  }
}

interface Scene {
  readonly camera: Studio;
  readonly video: OutgoingVideo;
  readonly partner: Partner;
  readonly lost: unknown[];
}

async function scene(partner = new Partner(), camera = new Studio()): Promise<Scene> {
  const lost: unknown[] = [];
  const video = new OutgoingVideo(camera, {
    onPreview: () => {
      throw new Error('a camera that encodes on demand shows its own picture');
    },
    onLost: (error) => lost.push(error),
  });
  onTestFinished(() => video.stopCamera());
  await video.startCamera(request, signal);
  video.connect(partner);
  await settled();
  return { camera, video, partner, lost };
}

describe('a camera that encodes on demand', () => {
  it('is told what the receiver shows, and then asked for one frame', async () => {
    const { camera, partner } = await scene();
    expect(camera.asked).toEqual(['codecs jpeg h264 vp8', 'frame']);
    await camera.take();
    expect(partner.newest.frame).toMatchObject({ codec: 'h264', isKey: true });
    expect(camera.asked).toEqual(['codecs jpeg h264 vp8', 'frame', 'frame']);
  });

  it('is asked for nothing while nobody is there', async () => {
    const camera = new Studio();
    const video = new OutgoingVideo(camera, {
      onPreview: () => undefined,
      onLost: () => undefined,
    });
    onTestFinished(() => video.stopCamera());
    await video.startCamera(request, signal);
    await camera.take();
    expect(camera.asked).toEqual([]);
    expect(video.counts).toEqual({ offered: 0, sent: 0, dropped: 0, bytes: 0 });
  });

  it('is asked again as soon as one of two frames is acknowledged, and drops none', async () => {
    const { camera, video, partner } = await scene();
    for (let picture = 0; picture < 5; picture += 1) await camera.take();
    expect(partner.frames).toHaveLength(2);
    expect(camera.asked.filter((what) => what === 'frame')).toHaveLength(2);
    expect(video.acknowledge(partner.frames[0]!.number)).toBe(true);
    await settled();
    // The newest of those that were taken meanwhile.
    expect(partner.frames).toHaveLength(3);
    for (let picture = 0; picture < 20; picture += 1) {
      video.acknowledge(partner.newest.number);
      await camera.take();
    }
    expect(partner.shown).not.toContain(false);
    expect(
      partner.frames.filter(({ frame }) => frame.codec === 'h264' && frame.isKey),
    ).toHaveLength(1);
    expect(video.counts).toMatchObject({ offered: 23, sent: 23, dropped: 0 });
    expect(video.counts.bytes).toBe(
      partner.frames.reduce((bytes, { frame }) => bytes + frame.data.length, 0),
    );
  });

  it('gives JPEG to a receiver who shows nothing else', async () => {
    const { camera, partner } = await scene(new Partner(['jpeg']));
    await camera.take();
    await camera.take();
    expect(partner.frames.map(({ frame }) => frame.codec)).toEqual(['jpeg', 'jpeg']);
    expect(camera.asked).not.toContain('key frame');
  });

  it('begins anew for a newer receiver, also with the frame that the former one asked for', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    video.disconnect();
    const second = new Partner(['jpeg', 'vp8']);
    video.connect(second);
    await camera.take();
    await camera.take();
    expect(partner.frames).toHaveLength(1);
    expect(second.frames.map(({ frame }) => frame.codec)).toEqual(['vp8', 'vp8']);
    expect(second.shown).toEqual([true, true]);
    expect(second.frames[0]!.number).toBeGreaterThan(partner.newest.number);
  });

  it('sends a new receiver nothing that was encoded for the one before', async () => {
    const { camera, video } = await scene();
    await camera.take();
    video.disconnect();
    const second = new Partner();
    video.connect(second);
    const former = fakeDeltaFrame(request, 'h264', undefined);
    camera.push({ ...fakeDeltaFrame(request, 'h264', former), codec: 'h264' });
    await settled();
    expect(second.frames).toEqual([]);
    expect(camera.asked.slice(-2)).toEqual(['key frame', 'frame']);
    await camera.take();
    expect(second.shown).toEqual([true]);
    expect(video.counts).toMatchObject({ offered: 3, sent: 2, dropped: 1 });
  });

  it('sends no receiver a codec that it does not know', async () => {
    const { camera, partner, video } = await scene(new Partner(['jpeg', 'vp8']));
    camera.push(fakeDeltaFrame(request, 'h264', undefined));
    await settled();
    expect(partner.frames).toEqual([]);
    expect(camera.asked.slice(-2)).toEqual(['key frame', 'frame']);
    expect(video.counts).toMatchObject({ offered: 1, sent: 0, dropped: 1 });
  });

  it('throws away what comes when nobody is there any more, and asks for nothing more', async () => {
    const { camera, video, partner } = await scene();
    video.disconnect();
    await camera.take();
    await camera.take();
    expect(partner.frames).toEqual([]);
    expect(camera.asked).toEqual(['codecs jpeg h264 vp8', 'frame', 'key frame']);
    expect(video.counts).toEqual({ offered: 0, sent: 0, dropped: 0, bytes: 0 });
  });

  it('drops a frame that no record carries, and asks for a key frame', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    const oversized = new Uint8Array(MAX_PICTURE_BYTES + 1);
    camera.push({ ...fakeDeltaFrame(request, 'h264', undefined), data: oversized });
    await settled();
    video.acknowledge(partner.newest.number);
    await camera.take();
    expect(partner.frames.map(({ number }) => number)).toEqual([0, 2]);
    expect(partner.newest.frame).toMatchObject({ codec: 'h264', isKey: true });
    expect(video.counts).toMatchObject({ offered: 3, sent: 2, dropped: 1 });
  });

  it('asks for a key frame where the transport lost one', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    partner.keepsAll = false;
    await camera.take();
    partner.keepsAll = true;
    expect(camera.asked.at(-1)).toBe('key frame');
    video.acknowledge(partner.newest.number);
    await camera.take();
    expect(partner.newest.frame).toMatchObject({ codec: 'h264', isKey: true });
  });

  it('passes a request for a key frame on, and no second one before the next frame', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    for (let request = 0; request < 1000; request += 1) video.requestKeyFrame();
    expect(camera.asked.filter((what) => what === 'key frame')).toHaveLength(1);
    await camera.take();
    video.acknowledge(partner.newest.number);
    expect(partner.newest.frame).toMatchObject({ codec: 'h264', isKey: true });
    await camera.take();
    expect(partner.newest.frame).toMatchObject({ codec: 'h264', isKey: false });
    video.requestKeyFrame();
    expect(camera.asked.filter((what) => what === 'key frame')).toHaveLength(2);
  });

  it('can be stopped and started again while somebody is there', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    await video.stopCamera();
    expect(camera.openSources).toBe(0);
    await video.startCamera({ ...request, codec: 'vp8' }, signal);
    await settled();
    expect(camera.asked.slice(2)).toEqual(['frame', 'codecs jpeg h264 vp8', 'frame']);
    await camera.take();
    video.acknowledge(partner.newest.number);
    await camera.take();
    expect(partner.frames.map(({ frame }) => frame.codec)).toEqual(['h264', 'vp8', 'vp8']);
    expect(partner.shown).not.toContain(false);
  });

  it('is not asked any more after its place was taken while the window was full', async () => {
    const { camera, video, partner } = await scene();
    await camera.take();
    await camera.take();
    await camera.take();
    await video.startCamera(request, signal);
    video.acknowledge(partner.newest.number);
    await settled();
    expect(camera.asked).toEqual([
      ...['codecs jpeg h264 vp8', 'frame', 'frame'],
      ...['codecs jpeg h264 vp8', 'frame'],
    ]);
  });

  it('closes while a frame is asked for, and is told of as lost where it is', async () => {
    const { camera, video, lost } = await scene();
    await video.stopCamera();
    expect(lost).toEqual([]);
    await video.startCamera(request, signal);
    await settled();
    camera.disconnect();
    await settled();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
  });

  it('tells of a lost camera also while there is nobody to send to', async () => {
    const { camera, video, lost } = await scene();
    video.disconnect();
    await camera.take();
    camera.disconnect();
    await settled();
    expect(lost).toMatchObject([{ code: 'RK_CAMERA_LOST' }]);
    expect(camera.openSources).toBe(0);
  });
});

/** A camera that stands before a question: it opens when a test says so, or never. */
class Asking extends MemoryCamera {
  readonly asked: string[] = [];

  override open(wanted: CaptureRequest, { signal }: OperationOptions = {}): Promise<FrameSource> {
    this.asked.push(wanted.deviceId ?? 'first');
    if (wanted.deviceId === 'memory') return super.open(wanted);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}

describe('a camera that asks a person first', () => {
  const handlers = {
    onPreview: () => undefined,
    onLost: (error: unknown) => expect.unreachable(String(error)),
  };

  it('is given up by stop, which does not wait for the answer', async () => {
    const video = new OutgoingVideo(new Asking(), handlers);
    const starting = video.startCamera(request, signal);
    await settled();
    const stopping = video.stopCamera();
    await expect(starting).rejects.toMatchObject({ code: 'RK_CLOSED' });
    await stopping;
  });

  it('is given up for another one, and neither is broken off once it is open', async () => {
    const camera = new Asking();
    const video = new OutgoingVideo(camera, handlers);
    onTestFinished(() => video.stopCamera());
    const first = video.startCamera(request, signal);
    const second = video.startCamera({ ...request, deviceId: 'screen' }, signal);
    const third = video.startCamera({ ...request, deviceId: 'memory' }, signal);
    for (const early of [first, second]) {
      await expect(early).rejects.toMatchObject({ code: 'RK_CLOSED' });
    }
    await third;
    expect(camera.asked.at(-1)).toBe('memory');
  });
});

it('changes the quality of the camera that runs, and of none', async () => {
  const { video } = await scene();
  expect(() => video.setQuality(101)).toThrow(RangeError);
  video.setQuality(20);
  await video.stopCamera();
  video.setQuality(20);
});
