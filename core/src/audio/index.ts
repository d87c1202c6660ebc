/**
 * Sound between its decoder and the loudspeaker. Imports nothing but itself and uses neither Node nor the
 * DOM, so it runs in a page, in its `AudioWorklet`, and in Node.
 *
 * @example
 * ```ts
 * import { JitterBuffer } from '@roomkey/core/audio';
 *
 * const buffer = new JitterBuffer();
 * // For each decoded unit:
 * buffer.push({ number, mediaTimeUs, samples, arrivalMs: Date.now() });
 * // In the worklet, for each 128 samples:
 * buffer.pull(output);
 * ```
 *
 * @packageDocumentation
 */
export { SAMPLE_RATE } from './format.js';
export { JitterBuffer, type DecodedUnit, type JitterBufferGauges } from './jitter-buffer.js';
