import type { AudioDecoder, AudioEncoder } from '../audio-devices/index.js';
import { opusPacketBytes, samplesPerUnit, audioUnitLengths } from '../wire/index.js';

/** Stands in for an Opus encoder: a packet of the right length says how loud its samples were. */
export class FakeOpusEncoder implements AudioEncoder {
  #packets = 0;

  encode(samples: Float32Array): Uint8Array {
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return this.#packet(samples.length, Math.round(peak * 255));
  }

  encodeSilence(samples: number): Uint8Array {
    return this.#packet(samples, 0);
  }

  #packet(samples: number, loudness: number): Uint8Array {
    const packet = new Uint8Array(opusPacketBytes(samples));
    packet[0] = loudness;
    new DataView(packet.buffer).setUint32(1, this.#packets++);
    return packet;
  }
}

/** Stands in for an Opus decoder: samples as loud as the packet of `FakeOpusEncoder` says. */
export const fakeOpusDecoder: AudioDecoder = {
  decode: (packet) => {
    const unitMs = audioUnitLengths.find(
      (each) => opusPacketBytes(samplesPerUnit(each)) === packet.length,
    );
    if (unitMs === undefined) throw new RangeError(`${packet.length} bytes are no packet`);
    return new Float32Array(samplesPerUnit(unitMs)).fill((packet[0] ?? 0) / 255);
  },
};
