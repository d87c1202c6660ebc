/**
 * A camera without hardware: a moving test picture that says in a code which picture it is and when
 * it was taken, for trying a connection and for measuring it. Any size and rate; from 192 × 160
 * pixels on pictures bear the code, below it they only move.
 *
 * @example
 * ```ts
 * import { readPattern } from '@roomkey/camera-pattern';
 *
 * const { number, time } = (await readPattern(frame.data)) ?? {}; // undefined where it is damaged
 * ```
 *
 * @packageDocumentation
 */
import { Camera, definePlugin } from '@roomkey/core';
import { configSchema } from './config.js';
import { PatternCamera } from './pattern-camera.js';
import { loadSharp } from './sharp.js';

export type { PatternReading } from './pattern-code.js';
export { readPattern, readPixels, type Pixels } from './read-pattern.js';

export default definePlugin({
  name: '@roomkey/camera-pattern',
  apiVersion: '1.0',
  provides: Camera,
  configSchema,
  probe: async () => {
    await loadSharp();
  },
  create: (): Camera => new PatternCamera(),
});
