import type { EchoTestResult } from '@roomkey/core/host';
import type { TestUi } from './gallery.js';

/** What the module of a plugin does with sound; it fails as `getUserMedia` would without a result. */
export interface OfferedSound {
  readonly isBlocked?: boolean;
  readonly echo?: EchoTestResult;
}

/** The page imports a plugin's module that can do this; `window.played` has what it was asked to do. */
export function offerSound({ isBlocked = false, echo }: OfferedSound) {
  return async (ui: TestUi): Promise<void> => {
    const { page } = ui;
    const address = '/plugins/0/sound.js';
    const body = `
      export default ({ offerSound }) => {
        let onBlocked;
        window.played = [];
        const sound = {
          isBlocked: ${String(isBlocked)},
          onBlocked: (listener) => { onBlocked = listener; },
          resume: async () => {
            sound.isBlocked = false;
            window.played.push('resume');
            onBlocked(false);
          },
          playTone: async (output) => void window.played.push('tone ' + output),
          testEcho: async (...devices) => {
            window.played.push('echo ' + devices.join());
            const result = ${JSON.stringify(echo ?? null)};
            if (result === null) throw new DOMException('', 'NotFoundError');
            return result;
          },
        };
        offerSound(sound);
      };`;
    await page.route(`**${address}`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body }),
    );
    const loaded = page.waitForResponse(`**${address}`);
    ui.emit({ event: 'page-modules', modules: [address] });
    await loaded;
  };
}
