import { CORE_VERSION } from '../version.js';
import type { Hello } from '../wire/control.js';
import { isVideoCodec, type VideoCodec } from '../wire/index.js';

/** The protocol of cameras and screens. */
export const VIDEO_PROTOCOL = 'video/1';

/** What this side says first: the protocols that it takes part in, and what it can receive. */
export function createHello(codecs: readonly VideoCodec[]): Hello {
  return {
    type: 'hello',
    program: { name: 'Roomkey', version: CORE_VERSION },
    protocols: [{ name: VIDEO_PROTOCOL, codecs: [...codecs] }],
  };
}

/**
 * The codecs in which a peer can receive video; JPEG is always among them.
 *
 * @returns undefined where it does not take part in video
 */
export function receivableCodecs(hello: Hello): readonly VideoCodec[] | undefined {
  const video = hello.protocols.find(({ name }) => name === VIDEO_PROTOCOL);
  if (video === undefined) return undefined;
  return [...new Set<VideoCodec>([...(video.codecs ?? []).filter(isVideoCodec), 'jpeg'])];
}
