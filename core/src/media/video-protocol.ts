import type { Hello, ProtocolOffer } from '../wire/control.js';
import { isVideoCodec, type VideoCodec } from '../wire/index.js';

/** The protocol of cameras and screens. */
export const VIDEO_PROTOCOL = 'video/1';

/** The entry of the hello with the codecs in which this side can receive video. */
export function videoOffer(codecs: readonly VideoCodec[]): ProtocolOffer {
  return { name: VIDEO_PROTOCOL, codecs: [...codecs] };
}

/**
 * The codecs in which a peer can receive video; JPEG is always among them.
 *
 * @returns undefined if it does not speak the video protocol
 */
export function receivableCodecs(hello: Hello): readonly VideoCodec[] | undefined {
  const video = hello.protocols.find(({ name }) => name === VIDEO_PROTOCOL);
  if (video === undefined) return undefined;
  return [...new Set<VideoCodec>([...(video.codecs ?? []).filter(isVideoCodec), 'jpeg'])];
}
