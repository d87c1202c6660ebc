/** Raw PCM, s16le: what programs and WAV files take and give. */

const FULL_SCALE = 32_768;

/** Bytes per sample. */
export const SAMPLE_BYTES = 2;

/** Bytes as samples, −1…1. */
export function fromPcm(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = new Float32Array(Math.floor(bytes.length / SAMPLE_BYTES));
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(index * SAMPLE_BYTES, true) / FULL_SCALE;
  }
  return samples;
}

/** Samples as bytes, in memory of their own. What is louder than full scale is clipped. */
export function toPcm(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * SAMPLE_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, sample] of samples.entries()) {
    const value = Math.round(sample * FULL_SCALE);
    const clipped = Math.min(FULL_SCALE - 1, Math.max(-FULL_SCALE, value));
    view.setInt16(index * SAMPLE_BYTES, clipped, true);
  }
  return bytes;
}
