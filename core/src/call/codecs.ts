import type { VideoCodec } from '../contracts/camera.js';
import { CAPABILITY_JPEG } from '../secure/handshake-messages.js';

/** The bits of the capabilities (`docs/protocol.md`, Capabilities). */
const capabilityBits: Readonly<Record<VideoCodec, number>> = {
  jpeg: CAPABILITY_JPEG,
  h264: 2,
  vp8: 4,
};

/** What a side says that shows these codecs; every side shows JPEG. */
export function capabilitiesOf(codecs: readonly VideoCodec[]): number {
  return codecs.reduce((bits, codec) => bits | capabilityBits[codec], CAPABILITY_JPEG);
}

/** The codecs that are among these capabilities. */
export function codecsOf(capabilities: number): readonly VideoCodec[] {
  const codecs = Object.keys(capabilityBits) as VideoCodec[];
  return codecs.filter((codec) => (capabilities & capabilityBits[codec]) !== 0);
}
