/**
 * The browser's camera and screen, for hosts that show a page. Half of the plugin runs in the page
 * (`page/`): it captures, shows the own picture, and encodes one picture each time it is asked for
 * one: JPEG, or H.264 and VP8 by WebCodecs. The other half offers that as a `Camera`.
 *
 * A device is named by its label, since the browser's own ids differ from one start to the next:
 *
 * - a label as `devices()` gives it, such as `Integrated Camera`; a second of the same is
 *   `Integrated Camera (2)`,
 * - `Camera 1`, `Camera 2`, …: by position, which is all that is known before the use is permitted,
 * - `screen`: the browser has the person choose a screen, a window or a tab.
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
    // The page loads what is compiled, from src/ as from dist/.
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
