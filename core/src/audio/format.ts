/** Samples a second of sound between a decoder and a loudspeaker: one channel, floats of −1…1. */
export const SAMPLE_RATE = 48_000;

export const SAMPLES_PER_MS = SAMPLE_RATE / 1000;

/** How long a fade between two signals takes: 5 ms, in samples. */
export const FADE_SAMPLES = 5 * SAMPLES_PER_MS;
