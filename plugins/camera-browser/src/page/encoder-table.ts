import type { VideoCodec } from '@roomkey/core/wire';
import { targetBitRate } from './bit-rate.js';
import type { Size } from './scale-to-fit.js';

/** Codecs whose units build on each other. */
export type DeltaCodec = Exclude<VideoCodec, 'jpeg'>;

type CodecConfig = Pick<VideoEncoderConfig, 'codec' | 'avc' | 'scalabilityMode'>;

/**
 * Two temporal layers: no other unit builds on one of the top layer, so it can be dropped. W3C
 * Scalable Video Coding (SVC) Extension for WebRTC.
 */
const TWO_LAYERS = 'L1T2';
/** `temporalLayerId` of units of the top layer. */
export const TOP_LAYER = 1;

/**
 * The codec-specific configuration of each encoder (W3C WebCodecs). The levels of VP9 and AV1 do not
 * limit an encoder: those of AV1 write the level that they use, and units of VP9 have none.
 */
const encoderTable: Readonly<Record<DeltaCodec, (size: Size, fps: number) => CodecConfig>> = {
  h264: (size, fps) => ({
    codec: `avc1.${H264_PROFILE}${h264Level(size, fps).toString(16)}`,
    // The byte stream format repeats the parameter sets in every key unit.
    avc: { format: 'annexb' },
  }),
  vp8: () => ({ codec: 'vp8' }),
  vp9: () => ({ codec: 'vp09.00.41.08', scalabilityMode: TWO_LAYERS }),
  av1: () => ({ codec: 'av01.0.09M.08', scalabilityMode: TWO_LAYERS }),
};

/**
 * H.264 levels with their limits of macroblocks per frame and per second (ITU-T H.264, table A-1).
 */
const H264_LEVELS = [
  { level: 0x1f, picture: 3600, second: 108_000 },
  { level: 0x28, picture: 8192, second: 245_760 },
  { level: 0x2a, picture: 8704, second: 522_240 },
  { level: 0x33, picture: 36_864, second: 983_040 },
  { level: 0x34, picture: 36_864, second: 2_073_600 },
  { level: 0x3e, picture: 139_264, second: 16_711_680 },
];

/** Constrained baseline: no reordering, supported by every decoder. */
const H264_PROFILE = '42E0';

/** The configuration of a `VideoEncoder`. */
export function encoderConfig(
  codec: DeltaCodec,
  size: Size,
  fps: number,
  bitrate: number,
): VideoEncoderConfig {
  return {
    ...encoderTable[codec](size, fps),
    ...size,
    framerate: fps,
    bitrate,
    latencyMode: 'realtime',
  };
}

/** The lowest level for these frames, or the highest there is. */
function h264Level({ width, height }: Size, fps: number): number {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const fitting = H264_LEVELS.find(
    ({ picture, second }) => blocks <= picture && blocks * fps <= second,
  );
  return fitting?.level ?? 0x3e;
}

/** Whether this browser can encode such frames. */
export async function canEncode(codec: DeltaCodec, size: Size, fps: number): Promise<boolean> {
  if (!('VideoEncoder' in globalThis)) return false;
  const config = encoderConfig(codec, size, fps, targetBitRate(80, size, fps));
  return (await VideoEncoder.isConfigSupported(config)).supported === true;
}
