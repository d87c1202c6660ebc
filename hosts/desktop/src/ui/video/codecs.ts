import { videoCodecNames, videoCodecs, type VideoCodec } from '@roomkey/core/wire';

/** The codecs that this browser decodes, in the order of the registry. Always contains JPEG. */
export async function supportedCodecs(): Promise<VideoCodec[]> {
  const supported = await Promise.all(videoCodecNames.map(canDecode));
  return videoCodecNames.filter((_, index) => supported[index]);
}

/** The argument of `VideoDecoder.configure` for a stream that begins with this key unit. */
export function decoderConfig(codec: VideoCodec, keyUnit: Uint8Array): VideoDecoderConfig {
  const definition = videoCodecs[codec];
  return {
    codec: definition.browserCodecOf?.(keyUnit) ?? definition.browserCodec ?? '',
    optimizeForLatency: true,
  };
}

async function canDecode(codec: VideoCodec): Promise<boolean> {
  const { browserCodec } = videoCodecs[codec];
  if (browserCodec === undefined) return true;
  if (!('VideoDecoder' in globalThis)) return false;
  const { supported } = await VideoDecoder.isConfigSupported({
    codec: browserCodec,
    optimizeForLatency: true,
  });
  return supported === true;
}
