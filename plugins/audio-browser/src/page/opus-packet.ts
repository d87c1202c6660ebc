/** The longest frame, bytes (RFC 6716, section 3.2.1). */
const MAX_FRAME_BYTES = 1275;

/**
 * The number of samples at 48 kHz in an Opus packet; undefined for anything else. What has a number is
 * decoded, whatever its bits are: a decoder refuses only a structure that is none (RFC 6716, section
 * 3.4), and then has to be replaced.
 */
export function opusSamples(packet: Uint8Array): number | undefined {
  const [toc] = packet;
  if (toc === undefined) return undefined;
  const frames = frameCount(packet, toc & 3);
  return frames === undefined ? undefined : frames * frameSamples(toc >> 3);
}

/** Samples of one frame (RFC 6716, section 3.1). */
function frameSamples(configuration: number): number {
  const size = configuration & 3;
  if (configuration >= 16) return 120 << size;
  if (configuration >= 12) return 480 << (size & 1);
  return size === 3 ? 2880 : 480 << size;
}

/** The number of frames; undefined unless their lengths fit the packet. */
function frameCount(packet: Uint8Array, code: number): number | undefined {
  const bytes = packet.length - 1;
  switch (code) {
    case 0:
      return bytes <= MAX_FRAME_BYTES ? 1 : undefined;
    case 1:
      return bytes % 2 === 0 && bytes / 2 <= MAX_FRAME_BYTES ? 2 : undefined;
    case 2: {
      const first = readLength(packet, 1);
      const rest = bytes - (first?.bytes ?? 0) - (first?.value ?? 0);
      return first !== undefined && rest >= 0 && rest <= MAX_FRAME_BYTES ? 2 : undefined;
    }
    default:
      return manyFrames(packet);
  }
}

/** A packet of any number of frames, perhaps with padding (RFC 6716, section 3.2.5). */
function manyFrames(packet: Uint8Array): number | undefined {
  const header = packet[1];
  if (header === undefined) return undefined;
  const count = header & 63;
  if (count === 0) return undefined;
  let at = 2;
  let padding = 0;
  if ((header & 64) !== 0) {
    let byte: number | undefined;
    do {
      byte = packet[at++];
      if (byte === undefined) return undefined;
      padding += byte === 255 ? 254 : byte;
    } while (byte === 255);
  }
  let rest = packet.length - at - padding;
  if ((header & 128) === 0) {
    return rest >= 0 && rest % count === 0 && rest / count <= MAX_FRAME_BYTES ? count : undefined;
  }
  for (let frame = 1; frame < count; frame += 1) {
    const length = readLength(packet, at);
    if (length === undefined) return undefined;
    at += length.bytes;
    rest -= length.bytes + length.value;
  }
  return rest >= 0 && rest <= MAX_FRAME_BYTES ? count : undefined;
}

/** The length of a frame (RFC 6716, section 3.2.1). */
function readLength(
  packet: Uint8Array,
  at: number,
): { readonly value: number; readonly bytes: number } | undefined {
  const [first, second] = [packet[at], packet[at + 1]];
  if (first === undefined) return undefined;
  if (first < 252) return { value: first, bytes: 1 };
  return second === undefined ? undefined : { value: first + 4 * second, bytes: 2 };
}
