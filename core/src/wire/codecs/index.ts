/** The codec registry: what can be in a video unit. A new codec is a file here and a row below. */
import { av1 } from './av1.js';
import type { VideoCodecDefinition } from './definition.js';
import { h264 } from './h264.js';
import { jpeg } from './jpeg.js';
import { vp8 } from './vp8.js';
import { vp9 } from './vp9.js';

const definitions = [jpeg, h264, vp8, vp9, av1] as const;

/** The name of a codec. Every peer can receive `jpeg`. */
export type VideoCodec = (typeof definitions)[number]['name'];

/** The codecs by name. */
export const videoCodecs = Object.fromEntries(
  definitions.map((definition) => [definition.name, definition]),
) as Readonly<Record<VideoCodec, VideoCodecDefinition<VideoCodec>>>;

/** The names of all codecs. */
export const videoCodecNames: readonly VideoCodec[] = definitions.map(({ name }) => name);

/** @returns undefined where no codec has this number */
export function videoCodecByNumber(number: number): VideoCodecDefinition<VideoCodec> | undefined {
  return definitions.find((definition) => definition.number === number);
}

/** Whether a string names a codec of the registry. */
export function isVideoCodec(name: string): name is VideoCodec {
  return Object.hasOwn(videoCodecs, name);
}

/**
 * The most pixels that a picture may have: more than a screen has. A picture of one megabyte can say
 * that it has five hundred million, and decoding a few of those takes gigabytes.
 */
export const MAX_PICTURE_PIXELS = 4096 * 4096;

/**
 * Whether a decoder may be given the picture, by all that it says of its size.
 *
 * @param keyUnit see `VideoCodecDefinition.pixelsOf`
 */
export function isWithinPixelLimit(
  codec: VideoCodec,
  data: Uint8Array,
  keyUnit?: Uint8Array,
): boolean {
  return videoCodecs[codec].pixelsOf(data, keyUnit) <= MAX_PICTURE_PIXELS;
}
