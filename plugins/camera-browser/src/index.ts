/**
 * The browser's camera and screen, for hosts that show a page. The page side of the plugin (`page/`)
 * captures, shows the own picture, and encodes for as long as it has credit: JPEG, or H.264, VP8, VP9
 * and AV1 by WebCodecs. The side in Node offers that as a `Camera`.
 *
 * A device is identified by its label, since the browser's own ids change from one start to the
 * next:
 *
 * - a label from `devices()`, such as `Integrated Camera`; a second one with the same label is
 * `Integrated Camera (2)`,
 * - `Camera 1`, `Camera 2`, …: by position, which is all that is known before permission is
 * granted,
 * - `screen`: the user chooses a screen, a window or a tab in the browser's picker.
 *
 * @example
 * ```json
 * { "firstOf": ["@roomkey/camera-browser", "@roomkey/camera-opencv"] }
 * ```
 *
 * @packageDocumentation
 */
import { Camera, PageModules, definePlugin } from '@roomkey/core';
import { BrowserCamera } from './browser-camera.js';
import { configSchema } from './config.js';

export default definePlugin({
  name: '@roomkey/camera-browser',
  apiVersion: '1.0',
  provides: Camera,
  requires: [PageModules],
  configSchema,
  create: (context): Camera => {
    const camera = new BrowserCamera();
    // The page loads what is bundled, from src/ as from dist/.
    const module = new URL('../dist/page/index.js', import.meta.url);
    const unregister = context
      .use(PageModules)
      .register(module, (channel) => camera.setPage(channel));
    context.defer(() => {
      unregister();
      camera.close();
    });
    return camera;
  },
});
