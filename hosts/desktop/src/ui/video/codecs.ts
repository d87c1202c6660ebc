import type { VideoCodec } from '@roomkey/core/host';
import { parameterSets } from './parameter-set.js';

/** Constrained baseline up to 1080p at 60 fps, which every real-time encoder produces. */
const H264_BASELINE = 'avc1.42E02A';

/** Codecs that this browser can decode, best first. JPEG is always supported. */
export async function supportedCodecs(): Promise<VideoCodec[]> {
  const codecs: VideoCodec[] = [];
  if (await canDecode(H264_BASELINE)) codecs.push('h264');
  if (await canDecode('vp8')) codecs.push('vp8');
  return [...codecs, 'jpeg'];
}

/**
 * Decoder configuration for a key frame. Without a `description`, H.264 is a byte stream (annex B).
 */
export function decoderConfig(codec: 'h264' | 'vp8', keyFrame: Uint8Array): VideoDecoderConfig {
  return {
    codec: codec === 'vp8' ? 'vp8' : (h264Codec(keyFrame) ?? H264_BASELINE),
    optimizeForLatency: true,
  };
}

async function canDecode(codec: string): Promise<boolean> {
  if (!('VideoDecoder' in globalThis)) return false;
  const { supported } = await VideoDecoder.isConfigSupported({ codec, optimizeForLatency: true });
  return supported === true;
}

/** Profile, constraints and level from the parameter set, formatted as in RFC 6381, section 3.3. */
function h264Codec(keyFrame: Uint8Array): string | undefined {
  const [set] = parameterSets(keyFrame) ?? [];
  if (set === undefined || set.length < 3) return undefined;
  const profile = [...set.subarray(0, 3)];
  return `avc1.${profile.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
