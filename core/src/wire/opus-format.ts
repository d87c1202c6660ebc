/**
 * The one format of sound in a call: Opus, 48 kHz, mono, at a constant bit rate, so that every packet
 * of a length in time has the same length in bytes. The lengths of speech at a variable bit rate tell
 * what is said, also through encryption (RFC 6562): no variable rate, no DTX. No FEC, which WebCodecs
 * cannot decode (w3c/webcodecs#558).
 */
export const opusFormat = {
  /** Samples a second. */
  sampleRate: 48_000,
  channels: 1,
  /** Bits a second. */
  bitrate: 32_000,
  application: 'voip',
  /** 0…10: more than 5 is not heard at this bit rate, and takes time. */
  complexity: 5,
} as const;

/** Lengths of a unit of sound, ms: 10 has less delay, and twice the units. */
export const audioUnitLengths = [10, 20] as const;

/** The length of a unit of sound, ms. */
export type AudioUnitMs = (typeof audioUnitLengths)[number];

/** The number of samples in a unit: 480 or 960. */
export function samplesPerUnit(unitMs: AudioUnitMs): number {
  return (opusFormat.sampleRate * unitMs) / 1000;
}

/** The length of every Opus packet of so many samples, bytes: 40 for 10 ms, 80 for 20 ms. */
export function opusPacketBytes(samples: number): number {
  return (opusFormat.bitrate * samples) / opusFormat.sampleRate / 8;
}

/** The first bytes of silence: 10 and 20 ms of CELT (RFC 6716, section 3.1), and its silence flag. */
const SILENCE = new Map([
  [480, [0xf0, 0xff, 0xfe]],
  [960, [0xf8, 0xff, 0xfe]],
]);

/**
 * An Opus packet whose samples are zero, exactly; as long as any other. It is what a muted unit has: an
 * encoder that gets no voice cannot keep some for the next packet, and cannot fail. Its own silence would
 * have a noise of the last bit.
 *
 * @throws RangeError unless it is 480 or 960 samples
 */
export function silentPacket(samples: number): Uint8Array {
  const start = SILENCE.get(samples);
  if (start === undefined) throw new RangeError(`a unit of ${samples} samples`);
  const packet = new Uint8Array(opusPacketBytes(samples));
  packet.set(start);
  return packet;
}
