/// <reference lib="dom" />
import { afterEach, expect, test, vi } from 'vitest';
import type { ArrivedFrame } from '../../src/ui/video/arrived-frame.js';
import { ClockOffset } from '../../src/ui/video/clock-offset.js';
import { PictureDecoder } from '../../src/ui/video/picture-decoder.js';

/** A decoder that outputs when the test says so. */
class SlowDecoder {
  static all: SlowDecoder[] = [];
  state = 'unconfigured';
  config: VideoDecoderConfig | undefined;
  readonly chunks: { type: string; timestamp: number }[] = [];
  readonly #output: (image: unknown) => void;

  constructor({ output }: { output: (image: unknown) => void }) {
    this.#output = output;
    SlowDecoder.all.push(this);
  }

  configure(config: VideoDecoderConfig): void {
    this.state = 'configured';
    this.config = config;
  }

  decode(chunk: { type: string; timestamp: number }): void {
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
  vi.stubGlobal(
    'EncodedVideoChunk',
    class {
      readonly type: string;
      readonly timestamp: number;
      constructor({ type, timestamp }: { type: string; timestamp: number }) {
        this.type = type;
        this.timestamp = timestamp;
      }
    },
  );
  const heard: string[] = [];
  const decoder = new PictureDecoder({
    onPicture: ({ capturedAt }) => heard.push(`picture ${String(capturedAt)}`),
    onKeyFrameNeeded: () => heard.push('key frame needed'),
    onDropped: () => heard.push('dropped'),
  });
  return { decoder, heard };
}

function frame(number: number, isKey = false, data = new Uint8Array(8)): ArrivedFrame {
  return { codec: 'h264', number, isKey, data, capturedAt: number, arrivedAt: number };
}

test('a decoder that falls behind gets no frames until the next key frame', () => {
  const { decoder, heard } = slow();
  decoder.decode(frame(0, true));
  for (let number = 1; number < 6; number += 1) decoder.decode(frame(number));
  expect(SlowDecoder.all[0]?.chunks).toHaveLength(6);
  decoder.decode(frame(6));
  expect(heard).toEqual(['dropped', ...Array<string>(6).fill('dropped'), 'key frame needed']);
  expect(SlowDecoder.all[0]?.state).toBe('closed');
  decoder.decode(frame(7));
  expect(heard.at(-1)).toBe('dropped');
  decoder.decode(frame(8, true));
  SlowDecoder.all[1]?.give(8);
  expect(heard.at(-1)).toBe('picture 8');
});

test('a decoder that keeps up gets every frame, including key frames', () => {
  const { decoder, heard } = slow();
  for (let number = 0; number < 40; number += 1) {
    decoder.decode(frame(number, number % 10 === 0));
    SlowDecoder.all[0]?.give(number);
  }
  expect(SlowDecoder.all).toHaveLength(1);
  expect(heard).toEqual(Array.from({ length: 40 }, (_, number) => `picture ${String(number)}`));
});

test('a decoder is configured with the key frame’s profile and level', () => {
  const { decoder } = slow();
  const delimiter = [0, 0, 0, 1, 0x09, 0xf0];
  // High profile, level 4.0, 320 × 192.
  const parameters = [0, 0, 0, 1, 0x67, 0x64, 0x00, 0x28, 0xac, 0xb4, 0x0a, 0x0c, 0x80];
  decoder.decode(frame(0, true, Uint8Array.from([...delimiter, ...parameters])));
  expect(SlowDecoder.all[0]?.config).toEqual({ codec: 'avc1.640028', optimizeForLatency: true });
});

test('an image whose display size is too large is dropped, and the next one is shown', () => {
  const { decoder, heard } = slow();
  decoder.decode(frame(0, true));
  decoder.decode(frame(1));
  SlowDecoder.all[0]?.give(0, 16_384, 4_096);
  SlowDecoder.all[0]?.give(1, 4_096, 4_096);
  expect(heard).toEqual(['dropped', 'picture 1']);
});

test('an image that declares a size above the limit never reaches a decoder', () => {
  const { decoder, heard } = slow();
  const vp8 = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f);
  decoder.decode({ ...frame(0, true, vp8), codec: 'vp8' });
  expect(SlowDecoder.all).toEqual([]);
  expect(heard).toEqual(['dropped', 'key frame needed']);
});

test('the offset is that of the fastest frame of the last ten seconds', () => {
  const offset = new ClockOffset();
  expect(offset.update(1_000, 6_020)).toBe(5_020);
  expect(offset.update(1_033, 6_043)).toBe(5_010);
  // A late frame changes nothing.
  expect(offset.update(1_066, 6_400)).toBe(5_010);
  expect(offset.update(7_000, 12_015)).toBe(5_010);
  // The sender's clock is set back by a second: followed once earlier samples have expired.
  expect(offset.update(9_000, 15_016)).toBe(5_010);
  expect(offset.update(11_000, 17_016)).toBe(5_015);
  expect(offset.update(17_000, 23_016)).toBe(6_016);
  // After a long pause no earlier sample counts.
  expect(offset.update(50_000, 57_000)).toBe(7_000);
});
