import type { VideoCodec } from '@roomkey/core/host';

/** The start code before each unit of H.264's byte stream ends with these. ITU-T H.264, annex B. */
const START_CODE = [0, 0, 1];
/** `nal_unit_type` of a sequence parameter set. ITU-T H.264, table 7-1. */
const SEQUENCE_PARAMETER_SET = 7;

/** Constrained baseline up to 1080p at 60 frames a second: what every realtime encoder gives. */
const H264_BASELINE = 'avc1.42E02A';

/** What this browser can show, best first. JPEG is always there. */
export async function supportedCodecs(): Promise<VideoCodec[]> {
  const codecs: VideoCodec[] = [];
  if (await canDecode(H264_BASELINE)) codecs.push('h264');
  if (await canDecode('vp8')) codecs.push('vp8');
  return [...codecs, 'jpeg'];
}

/**
 * What `VideoDecoder.configure` takes for a key frame; without a `description`, H.264 is a byte
 * stream (annex B).
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

/** Profile, constraints and level as the parameter set says, in the manner of RFC 6381, section 3.3. */
function h264Codec(keyFrame: Uint8Array): string | undefined {
  for (let at = 0; at + 6 < keyFrame.length; at += 1) {
    const isUnit = START_CODE.every((byte, offset) => keyFrame[at + offset] === byte);
    if (!isUnit || ((keyFrame[at + 3] ?? 0) & 0x1f) !== SEQUENCE_PARAMETER_SET) continue;
    const profile = [...keyFrame.subarray(at + 4, at + 7)];
    return `avc1.${profile.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return undefined;
}
