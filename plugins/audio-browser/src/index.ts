/**
 * The browser's microphones and loudspeakers, for hosts that show a page. The page side of the plugin
 * (`page/`) captures sound, with the browser's echo cancellation, and encodes it; and it decodes what
 * comes and plays it through a jitter buffer. The side in Node offers that as `AudioDevices`.
 *
 * A device is identified by its label, since the browser's own ids change from one start to the
 * next:
 *
 * - `screen`: the sound of the shared screen, while the browser gives it,
 * - `default`: the one that the system uses,
 * - a label from `inputs()` or `outputs()`, such as `Headset`; a second one with the same label is
 * `Headset (2)`,
 * - `Microphone 1`, `Loudspeaker 1`, …: by position, which is all that is known before permission is
 * granted.
 *
 * @example
 * ```json
 * { "firstOf": ["@roomkey/audio-browser", "@roomkey/audio-command"] }
 * ```
 *
 * @packageDocumentation
 */
import { AudioDevices, PageModules, definePlugin } from '@roomkey/core';
import { BrowserAudio } from './browser-audio.js';
import { configSchema } from './config.js';

export default definePlugin({
  name: '@roomkey/audio-browser',
  apiVersion: '1.0',
  provides: AudioDevices,
  requires: [PageModules],
  configSchema,
  create: (context): AudioDevices => {
    const audio = new BrowserAudio();
    // The page loads what is bundled, from src/ as from dist/.
    const module = new URL('../dist/page/index.js', import.meta.url);
    const unregister = context
      .use(PageModules)
      .register(module, (channel) => audio.setPage(channel));
    context.defer(() => {
      unregister();
      audio.close();
    });
    return audio;
  },
});
