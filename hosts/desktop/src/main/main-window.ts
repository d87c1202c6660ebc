import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, screen } from 'electron';
import { decodeText } from '@roomkey/core/host';
import { CrashLoopGuard } from './crash-loop-guard.js';
import { PAGE } from './own-page.js';
import { serializeWindow, DEFAULT_SIZE, MINIMUM_SIZE, restoreWindow } from './window-state.js';

/** Windows and macOS use the packed app's icon; on Linux a window has none by default. */
const ICON = fileURLToPath(new URL('../../build/icon.png', import.meta.url));
const PRELOAD = fileURLToPath(new URL('../preload/index.cjs', import.meta.url));

/**
 * Opens the window.
 *
 * @param folder where the window's position is stored
 */
export function openMainWindow(folder: string): BrowserWindow {
  const file = join(folder, 'window.json');
  const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
  const { bounds, isMaximized } = restoreWindow(readText(file), displays);
  const window = new BrowserWindow({
    title: 'Roomkey',
    icon: ICON,
    ...(bounds ?? DEFAULT_SIZE),
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    show: false,
    webPreferences: {
      preload: PRELOAD,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      devTools: !app.isPackaged,
      spellcheck: false,
      // Calls continue while the window is covered.
      backgroundThrottling: false,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    const state = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() };
    try {
      writeFileSync(file, serializeWindow(state), { mode: 0o600 });
    } catch {
      // The next time it opens in the center of the screen.
    }
  });
  loadAgainAfterCrash(window);
  void window.loadURL(PAGE);
  return window;
}

function loadAgainAfterCrash(window: BrowserWindow): void {
  const guard = new CrashLoopGuard();
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const shouldReload = guard.shouldReload(Date.now());
    if (shouldReload) window.webContents.reload();
    const question = {
      type: 'warning' as const,
      message: 'The window stopped working',
      detail: shouldReload
        ? `It was loaded again (${reason}). A call goes on if it came back within ten seconds.`
        : `It did so twice within a minute (${reason}).`,
      buttons: shouldReload ? ['OK'] : ['Load it again', 'Quit'],
    };
    void dialog.showMessageBox(window, question).then(({ response }) => {
      if (shouldReload) return;
      if (response === 0) window.webContents.reload();
      else app.quit();
    });
  });
}

function readText(file: string): string {
  try {
    return decodeText(readFileSync(file));
  } catch {
    return '';
  }
}
