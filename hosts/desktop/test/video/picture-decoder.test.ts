/// <reference lib="dom" />
import { afterEach, expect, test, vi } from 'vitest';
import { isWithinPixelLimit, videoCodecs, type NumberedVideoUnit } from '@roomkey/core/wire';
import { PictureDecoder } from '../../src/ui/video/picture-decoder.js';

interface Chunk {
  readonly type: string;
  readonly timestamp: number;
  readonly data: Uint8Array;
}

/** A decoder that outputs when the test says so. */
class SlowDecoder {
  static all: SlowDecoder[] = [];
  state = 'unconfigured';
  config: VideoDecoderConfig | undefined;
  readonly chunks: Chunk[] = [];
  readonly fail: () => void;
  readonly #output: (image: unknown) => void;

  constructor({ output, error }: { output: (image: unknown) => void; error: () => void }) {
    this.#output = output;
    this.fail = error;
    SlowDecoder.all.push(this);
  }

  configure(config: VideoDecoderConfig): void {
    if (config.codec === 'avc1.000000') throw new TypeError('There is no such codec.');
    this.state = 'configured';
    this.config = config;
  }

  decode(chunk: Chunk): void {
    if (this.state !== 'configured') throw new DOMException('It is closed.');
    this.chunks.push(chunk);
  }

  close(): void {
    this.state = 'closed';
  }

  give(timestamp: number, displayWidth = 320, displayHeight = 180): void {
    this.#output({ timestamp, displayWidth, displayHeight, close: () => undefined });
  }
}

afterEach(() => {
  SlowDecoder.all = [];
  vi.unstubAllGlobals();
});

function slow(): { decoder: PictureDecoder; heard: string[] } {
  vi.stubGlobal('VideoDecoder', SlowDecoder);
  vi.stubGlobal('EncodedVideoChunk', function (chunk: Chunk) {
    return chunk;
  });
  const heard: string[] = [];
  const decoder = new PictureDecoder({
    onPicture: ({ number }) => heard.push(`picture ${String(number)}`),
    onKeyFrameNeeded: () => heard.push('key frame needed'),
    onDropped: (number) => heard.push(`dropped ${String(number)}`),
  });
  return { decoder, heard };
}

const vp8Key = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0);
const vp8Delta = Uint8Array.of(0x11, 0, 0);

function unit(
  number: number,
  isKey = false,
  over: Partial<NumberedVideoUnit> = {},
): NumberedVideoUnit {
  const size = { width: 64, height: 64 };
  const data = isKey ? vp8Key : vp8Delta;
  return { codec: 'vp8', number, isKey, data, capturedAt: number, ...size, ...over };
}

test('a decoder gets every unit, key units included, and outputs each picture', () => {
  const { decoder, heard } = slow();
  for (let number = 0; number < 40; number += 1) {
    decoder.decode(unit(number, number % 10 === 0));
    SlowDecoder.all[0]?.give(number);
  }
  expect(SlowDecoder.all).toHaveLength(1);
  expect(heard).toEqual(Array.from({ length: 40 }, (_, number) => `picture ${String(number)}`));
});

test('units without a picture are dropped when a later one yields a picture', () => {
  const { decoder, heard } = slow();
  decoder.decode(unit(0, true));
  for (let number = 1; number < 4; number += 1) decoder.decode(unit(number));
  SlowDecoder.all[0]?.give(2);
  expect(heard).toEqual(['dropped 0', 'dropped 1', 'picture 2']);
  // A repeated picture, or one without a unit, is ignored.
  SlowDecoder.all[0]?.give(2);
  SlowDecoder.all[0]?.give(77);
  SlowDecoder.all[0]?.give(3);
  expect(heard.slice(3)).toEqual(['picture 3']);
});

test('units in a decoder that fails are dropped, and those behind them until a key unit', () => {
  const { decoder, heard } = slow();
  decoder.decode(unit(0, true));
  decoder.decode(unit(1));
  SlowDecoder.all[0]?.fail();
  expect(heard).toEqual(['dropped 0', 'dropped 1', 'key frame needed']);
  decoder.decode(unit(2));
  expect(heard.slice(3)).toEqual(['dropped 2', 'key frame needed']);
  decoder.decode(unit(3, true));
  // The loss is reported once.
  SlowDecoder.all[0]?.fail();
  SlowDecoder.all[1]?.give(3);
  expect(heard.slice(5)).toEqual(['picture 3']);
});

test('a unit of a codec that the browser does not know is dropped', () => {
  const { decoder, heard } = slow();
  // A profile that does not exist, 320 × 192.
  const data = Uint8Array.of(0, 0, 1, 0x67, 0, 0, 0, 0xac, 0xb4, 0x0a, 0x0c, 0x80);
  decoder.decode(unit(0, true, { codec: 'h264', data }));
  expect(heard).toEqual(['dropped 0', 'key frame needed']);
});

test('units of a new codec get a new decoder, and pending earlier ones are dropped', () => {
  const { decoder, heard } = slow();
  decoder.decode(unit(0, true));
  const delta = unit(1, false, { codec: 'h264', data: new Uint8Array(8) });
  decoder.decode(delta);
  expect(heard).toEqual(['dropped 1', 'dropped 0', 'key frame needed']);
  decoder.decode(unit(2, true));
  decoder.decode({ ...delta, number: 3, isKey: true });
  expect(SlowDecoder.all.map(({ state }) => state)).toEqual(['closed', 'closed', 'configured']);
  expect(heard.slice(3)).toEqual(['dropped 2']);
  SlowDecoder.all[2]?.give(3);
  expect(heard.slice(4)).toEqual(['picture 3']);
});

test('a decoder is configured with the key unit’s profile and level', () => {
  const { decoder } = slow();
  const delimiter = [0, 0, 0, 1, 0x09, 0xf0];
  // High profile, level 4.0, 320 × 192.
  const parameters = [0, 0, 0, 1, 0x67, 0x64, 0x00, 0x28, 0xac, 0xb4, 0x0a, 0x0c, 0x80];
  const data = Uint8Array.from([...delimiter, ...parameters]);
  decoder.decode(unit(0, true, { codec: 'h264', data }));
  expect(SlowDecoder.all[0]?.config).toEqual({ codec: 'avc1.640028', optimizeForLatency: true });
});

test('an image whose display size is too large is dropped, and the next one is shown', () => {
  const { decoder, heard } = slow();
  decoder.decode(unit(0, true));
  decoder.decode(unit(1));
  SlowDecoder.all[0]?.give(0, 16_384, 4_096);
  SlowDecoder.all[0]?.give(1, 4_096, 4_096);
  expect(heard).toEqual(['dropped 0', 'picture 1']);
});

test('a unit that declares a size above the limit never reaches a decoder', () => {
  const { decoder, heard } = slow();
  const large = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f);
  decoder.decode(unit(0, true, { data: large }));
  expect(SlowDecoder.all).toEqual([]);
  expect(heard).toEqual(['dropped 0', 'key frame needed']);
  // Neither does a delta unit, whatever the key unit declared.
  decoder.decode(unit(1, true));
  decoder.decode(unit(2, false, { data: large }));
  expect(SlowDecoder.all[0]?.chunks).toHaveLength(1);
  expect(heard.slice(2)).toEqual(['dropped 2', 'dropped 1', 'key frame needed']);
});

test('a decoder of VP9 gets no frame behind the one that was checked', () => {
  const { decoder } = slow();
  // 64 × 64: frame marker, profile, shown key frame, sync code, color, size.
  const data = Uint8Array.of(0x82, 0x49, 0x83, 0x42, 0x00, 0x03, 0xf0, 0x03, 0xf0, 0, 0, 0);
  decoder.decode(unit(0, true, { codec: 'vp9', data }));
  const [chunk] = SlowDecoder.all[0]?.chunks ?? [];
  expect(chunk?.data).toEqual(videoCodecs.vp9.forDecoder?.(data));
  expect(chunk?.data).not.toEqual(data);
});

test('a delta unit of AV1 whose sequence header differs from its key unit is dropped', () => {
  const { decoder, heard } = slow();
  // 64 × 64, of libaom: temporal delimiter, sequence header, frame.
  const key = Buffer.from(
    '12000a0a00000002afff9b5f2008321a10009000082082200000c1b4e5c1a2503ec8d65dffa7985e2928',
    'hex',
  );
  decoder.decode(unit(0, true, { codec: 'av1', data: key }));
  const another = Uint8Array.from(key);
  another[7]! ^= 1;
  expect(isWithinPixelLimit('av1', another)).toBe(true);
  decoder.decode(unit(1, false, { codec: 'av1', data: another }));
  expect(SlowDecoder.all[0]?.chunks).toHaveLength(1);
  expect(heard).toEqual(['dropped 1', 'dropped 0', 'key frame needed']);
});

test('a closed decoder outputs nothing and accepts nothing', () => {
  const { decoder, heard } = slow();
  decoder.decode(unit(0, true));
  decoder.close();
  expect(heard).toEqual(['dropped 0']);
  decoder.decode(unit(1, true));
  expect(SlowDecoder.all).toHaveLength(1);
  expect(heard).toEqual(['dropped 0']);
});
