import { onTestFinished } from 'vitest';
import { FakeDecoder, MemoryCamera } from '@roomkey/core/conformance';
import type { CaptureRequest, VideoSource } from '../../src/contracts/camera.js';
import { LocalVideoTrack, type VideoPeer } from '../../src/media/local-video-track.js';
import { readVideoUnit, type NumberedVideoUnit, type VideoCodec } from '../../src/wire/index.js';
import { MuxPair, type TestSink } from '../streams/mux-pair.js';

export const request: CaptureRequest = { width: 16, height: 16, fps: 30, quality: 50 };
export const everyCodec: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** Lets what was asked for come. */
export const settled = (): Promise<void> => new Promise(setImmediate);

/** A camera that encodes on credit, of which a test sees what it is told. */
export class Studio extends MemoryCamera {
  readonly told: string[] = [];
  /** Credit that was given and not used, as the source counts it. */
  credit = 0;

  constructor(encodes: readonly VideoCodec[] = ['h264', 'vp8', 'jpeg']) {
    super([{ id: 'memory', label: 'Memory' }], encodes);
  }

  override async open(wanted: CaptureRequest): Promise<VideoSource> {
    const source = await super.open(wanted);
    const { encoding } = source;
    if (encoding === undefined) throw new Error('it encodes on credit');
    const units = source[Symbol.asyncIterator]();
    return {
      encoding: {
        lost: encoding.lost,
        setCodecs: (codecs) => {
          this.told.push(`codecs ${codecs.join(' ')}`);
          this.credit = 0;
          encoding.setCodecs(codecs);
        },
        grant: (more) => {
          this.told.push(`grant ${more}`);
          this.credit += more;
          encoding.grant(more);
        },
        requestKeyUnit: () => {
          this.told.push('key unit');
          encoding.requestKeyUnit();
        },
      },
      setQuality: (quality) => source.setQuality(quality),
      close: () => source.close(),
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const result = await units.next();
          this.credit -= 1;
          return result;
        },
      }),
    };
  }

  /** Takes a picture and lets the unit come. */
  async take(): Promise<void> {
    this.capture();
    await settled();
  }
}

/** The peer that receives a track, over streams that a test delivers. */
export class Receiver implements VideoPeer {
  readonly codecs: readonly VideoCodec[];
  readonly pair = new MuxPair();

  constructor(codecs: readonly VideoCodec[] = everyCodec) {
    this.codecs = codecs;
  }

  readonly openVideo: VideoPeer['openVideo'] = (kind, intervalMs, handlers) =>
    this.pair.host.mux.open(this.pair.host.scheduler, {
      ...{ protocol: 'video/1', trafficClass: 'video' },
      ...{ kind, intervalMs, handlers },
    });

  /** Of each stream that was opened, the newest last. */
  get sinks(): readonly TestSink[] {
    return this.pair.guest.sinks;
  }

  get newestSink(): TestSink {
    const newest = this.sinks.at(-1);
    if (newest === undefined) throw new Error('no stream was opened');
    return newest;
  }

  /** Of all streams. */
  get units(): NumberedVideoUnit[] {
    return this.sinks.flatMap(({ units }) => units.map(readVideoUnit));
  }

  get newest(): NumberedVideoUnit {
    const newest = this.units.at(-1);
    if (newest === undefined) throw new Error('no unit came');
    return newest;
  }

  /** Whether each unit could be shown when it came. */
  get shown(): boolean[] {
    const decoder = new FakeDecoder();
    return this.units.map((unit) => decoder.decode(unit));
  }

  /** Delivers all that is on its way, as on a link that is fast. */
  async settle(): Promise<void> {
    await this.pair.settle();
  }
}

/** A track and what it told. */
export interface LocalScene {
  readonly camera: Studio;
  readonly track: LocalVideoTrack;
  readonly receiver: Receiver;
  readonly lost: unknown[];
  readonly sent: NumberedVideoUnit[];
}

/** A camera that runs, and a receiver that takes its stream. */
export async function liveTrack(
  receiver = new Receiver(),
  camera = new Studio(),
): Promise<LocalScene> {
  const lost: unknown[] = [];
  const sent: NumberedVideoUnit[] = [];
  const track = new LocalVideoTrack('camera', camera, {
    onPreview: () => {
      throw new Error('a camera that encodes on credit shows its own picture');
    },
    onSent: (unit) => sent.push(unit),
    onLost: (error) => lost.push(error),
  });
  onTestFinished(() => track.stop());
  await track.start(request, new AbortController().signal);
  track.connect(receiver);
  await receiver.settle();
  return { camera, track, receiver, lost, sent };
}
