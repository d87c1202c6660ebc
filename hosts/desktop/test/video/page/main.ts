/// <reference lib="dom" />
import {
  videoCodecs,
  type NumberedVideoUnit,
  type VideoCodec,
  type VideoUnit,
} from '@roomkey/core/wire';
import { trustOwnScripts } from '../../../src/ui/client/trusted-scripts.js';
import { createPlayer, supportedCodecs, type Player } from '../../../src/ui/video/index.js';
import { Painter } from '../../../src/ui/video/painter.js';

/** An encoded picture of one color. */
export type Encoded = Omit<VideoUnit, 'capturedAt'>;

/** The page's interface for tests. */
export interface Harness {
  readonly supportedCodecs: typeof supportedCodecs;
  /** Encodes pictures of these colors and stores them; the first is a key unit. */
  encode(
    codec: VideoCodec,
    colors: readonly string[],
    width: number,
    height: number,
  ): Promise<void>;
  /** Replaces the player and its canvas. */
  start(): void;
  /** Pushes the stored unit with this index, as if captured so many ms ago. */
  push(index: number, number: number, ageMs: number): void;
  /** Pushes the stored unit with this index, as damaged or with these bytes. */
  pushDamaged(index: number, number: number, data?: readonly number[]): void;
  /** Resolves when the canvas shows this color (within coding errors) in this size. */
  shows(red: number, green: number, blue: number, width: number, height: number): Promise<void>;
  /** Current color at the center. */
  color(): readonly number[];
  /** Resolves when that many pictures were shown and dropped. */
  counts(shown: number, dropped: number): Promise<void>;
  /** Resolves after that many key frame requests. */
  asked(times: number): Promise<void>;
  readonly keyFramesAsked: number;
  /** The numbers of the consumed units, in the order in which they were consumed. */
  readonly consumed: readonly number[];
  /** Resolves when that many units were consumed. */
  consumes(count: number): Promise<void>;
  setVisible(visible: boolean): void;
  statistics(): ReturnType<Player['statistics']>;
  close(): void;
  readonly Painter: typeof Painter;
}

declare global {
  interface Window {
    harness: Harness;
  }
}

// Like `openClient`: the player's worker is a script.
trustOwnScripts();

const encoded: Encoded[] = [];
let canvas = document.createElement('canvas');
let player: Player;
let keyFramesAsked = 0;
let consumed: number[] = [];

/** Checks on every animation frame until it holds. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(requestAnimationFrame);
}

function painted(color: string, width: number, height: number): OffscreenCanvas {
  const picture = new OffscreenCanvas(width, height);
  const context = picture.getContext('2d');
  if (context === null) throw new Error('No context.');
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
  return picture;
}

async function encodeJpeg(color: string, width: number, height: number): Promise<Encoded> {
  const blob = await painted(color, width, height).convertToBlob({ type: 'image/jpeg' });
  return { codec: 'jpeg', isKey: true, data: await blob.bytes(), width, height };
}

async function encodeVideo(
  codec: Exclude<VideoCodec, 'jpeg'>,
  colors: readonly string[],
  width: number,
  height: number,
): Promise<void> {
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      encoded.push({ codec, isKey: chunk.type === 'key', data, width, height });
    },
    error: (error) => {
      throw error;
    },
  });
  encoder.configure({
    ...{ width, height, bitrate: 1e6, latencyMode: 'realtime' },
    codec: videoCodecs[codec].browserCodec ?? '',
    ...(codec === 'h264' && { avc: { format: 'annexb' } }),
  });
  colors.forEach((color, index) => {
    const frame = new VideoFrame(painted(color, width, height), { timestamp: index * 33_333 });
    encoder.encode(frame, { keyFrame: index === 0 });
    frame.close();
  });
  await encoder.flush();
  encoder.close();
}

function push(unit: Encoded, number: number, ageMs: number): void {
  const capturedAt = performance.timeOrigin + performance.now() - ageMs;
  const pushed: NumberedVideoUnit = { ...unit, data: unit.data.slice(), number, capturedAt };
  player.push(pushed);
}

function at(index: number): Encoded {
  const unit = encoded[index];
  if (unit === undefined) throw new Error(`Nothing was encoded at ${String(index)}.`);
  return unit;
}

function color(): readonly number[] {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (context === null) throw new Error('No context.');
  context.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

window.harness = {
  supportedCodecs,
  encode: async (codec, colors, width, height) => {
    encoded.length = 0;
    if (codec !== 'jpeg') return encodeVideo(codec, colors, width, height);
    for (const each of colors) encoded.push(await encodeJpeg(each, width, height));
  },
  start: () => {
    canvas.remove();
    canvas = document.createElement('canvas');
    document.body.append(canvas);
    keyFramesAsked = 0;
    consumed = [];
    player = createPlayer(canvas, {
      onKeyFrameNeeded: () => (keyFramesAsked += 1),
      onConsumed: (number) => consumed.push(number),
    });
  },
  push: (index, number, ageMs) => push(at(index), number, ageMs),
  pushDamaged: (index, number, data = Array<number>(500).fill(0x5a)) =>
    push({ ...at(index), data: Uint8Array.from(data) }, number, 0),
  shows: (red, green, blue, width, height) =>
    until(() => {
      const [isRed = 0, isGreen = 0, isBlue = 0] = color();
      const distance = Math.max(
        Math.abs(red - isRed),
        Math.abs(green - isGreen),
        Math.abs(blue - isBlue),
      );
      return distance <= 12 && canvas.width === width && canvas.height === height;
    }),
  color,
  counts: (shown, dropped) =>
    until(() => {
      const counted = player.statistics();
      return counted.shown === shown && counted.dropped === dropped;
    }),
  asked: (times) => until(() => keyFramesAsked === times),
  get keyFramesAsked() {
    return keyFramesAsked;
  },
  get consumed() {
    return consumed;
  },
  consumes: (count) => until(() => consumed.length >= count),
  setVisible: (visible) => player.setVisible(visible),
  statistics: () => player.statistics(),
  close: () => player.close(),
  Painter,
};
