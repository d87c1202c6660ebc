import {
  desktopCapturer,
  dialog,
  systemPreferences,
  type BrowserWindow,
  type DesktopCapturerSource,
} from 'electron';
import { screenQuestion } from './choose-screen.js';
import type { Consent } from './guard-session.js';

/**
 * Asks the user and the system.
 *
 * @param window parent of the dialogs
 */
export function askForConsent(window: () => BrowserWindow | undefined): Consent {
  const isMac = process.platform === 'darwin';
  return {
    device: async (kind) => !isMac || (await systemPreferences.askForMediaAccess(kind)),
    screen: () => chooseScreen(window()),
    requiresSystemPicker: () =>
      isMac && systemPreferences.getMediaAccessStatus('screen') !== 'granted',
  };
}

async function chooseScreen(
  window: BrowserWindow | undefined,
): Promise<DesktopCapturerSource | undefined> {
  // Under Wayland this opens the picker of the desktop's portal.
  const screens = await desktopCapturer.getSources({
    types: ['screen'],
    thumbnailSize: { width: 0, height: 0 },
  });
  if (screens.length === 0 || window === undefined) return undefined;
  const question = { type: 'question' as const, ...screenQuestion(screens) };
  const { response } = await dialog.showMessageBox(window, question);
  return screens[response];
}
