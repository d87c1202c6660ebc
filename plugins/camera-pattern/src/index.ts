/**
 * A camera without hardware: a moving test picture with a code of its number and capture time, for
 * trying and measuring a connection. Any size and rate; pictures below 192 × 160 pixels have no
 * code.
 *
 * @example
 * ```ts
 * import { readPattern } from '@roomkey/camera-pattern';
 *
 * const { number, time } = (await readPattern(unit.data)) ?? {}; // undefined where it is damaged
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
