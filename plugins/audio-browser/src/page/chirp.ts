/** The rate at which a chirp is looked for, Hz: more than twice its highest frequency. */
export const CHIRP_RATE = 12_000;
/** A chirp's length, s, and its frequencies, Hz: a small loudspeaker plays them. */
const CHIRP = { seconds: 0.25, from: 500, to: 3000 };
const AMPLITUDE = 0.5;
/** What is less cannot be told from nothing, dB. */
const LEAST_DB = -90;

/** A tone that rises, with soft ends. */
export function chirp(rate: number): Float32Array<ArrayBuffer> {
  const { seconds, from, to } = CHIRP;
  const samples = new Float32Array(Math.round(seconds * rate));
  for (let i = 0; i < samples.length; i += 1) {
    const time = i / rate;
    const phase = 2 * Math.PI * (from * time + ((to - from) * time * time) / (2 * seconds));
    const window = Math.sin((Math.PI * i) / samples.length) ** 2;
    samples[i] = AMPLITUDE * window * Math.sin(phase);
  }
  return samples;
}

/**
 * How loud a chirp is in a recording, compared with the chirp itself, dB. Looks for its best place, and
 * for that part of the sound only that has its form: noise hardly counts.
 *
 * @param recording at `CHIRP_RATE`
 */
export function chirpLevel(recording: Float32Array): number {
  const wanted = chirp(CHIRP_RATE);
  let energy = 0;
  for (const sample of wanted) energy += sample * sample;
  let best = 0;
  for (let at = 0; at + wanted.length <= recording.length; at += 1) {
    let product = 0;
    for (let i = 0; i < wanted.length; i += 1) {
      product += (wanted[i] ?? 0) * (recording[at + i] ?? 0);
    }
    best = Math.max(best, Math.abs(product));
  }
  return Math.max(LEAST_DB, 20 * Math.log10(best / energy));
}
