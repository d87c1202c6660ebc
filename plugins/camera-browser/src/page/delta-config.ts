import type { VideoCodec } from '@roomkey/core';
import { targetBitRate } from './bit-rate.js';
import type { Size } from './scale-to-fit.js';

/** Codecs with delta frames. */
export type DeltaCodec = Exclude<VideoCodec, 'jpeg'>;

/**
 * H.264 levels with their limits of macroblocks per frame and per second (ITU-T H.264, table A-1).
 */
const LEVELS = [
  { level: 0x1f, picture: 3600, second: 108_000 },
  { level: 0x28, picture: 8192, second: 245_760 },
  { level: 0x2a, picture: 8704, second: 522_240 },
  { level: 0x33, picture: 36_864, second: 983_040 },
  { level: 0x34, picture: 36_864, second: 2_073_600 },
  { level: 0x3e, picture: 139_264, second: 16_711_680 },
];

/** Constrained baseline: no reordering, supported by every decoder. */
const H264_PROFILE = '42E0';

/** Builds the configuration of a `VideoEncoder` (W3C WebCodecs). */
export function encoderConfig(
  codec: DeltaCodec,
  size: Size,
  fps: number,
  bitrate: number,
): VideoEncoderConfig {
  const common = { ...size, framerate: fps, bitrate, latencyMode: 'realtime' } as const;
  if (codec === 'vp8') return { codec, ...common };
  return {
    codec: `avc1.${H264_PROFILE}${h264Level(size, fps).toString(16)}`,
    // The byte stream format repeats the parameter sets in each key frame.
    avc: { format: 'annexb' },
    ...common,
  };
}

/** The lowest level for these frames, or the highest there is. */
function h264Level({ width, height }: Size, fps: number): number {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const fitting = LEVELS.find(({ picture, second }) => blocks <= picture && blocks * fps <= second);
  return fitting?.level ?? 0x3e;
}

/** Whether this browser can encode such frames. */
export async function canEncode(codec: DeltaCodec, size: Size, fps: number): Promise<boolean> {
  if (!('VideoEncoder' in globalThis)) return false;
  const config = encoderConfig(codec, size, fps, targetBitRate(80, size, fps));
  return (await VideoEncoder.isConfigSupported(config)).supported === true;
}
