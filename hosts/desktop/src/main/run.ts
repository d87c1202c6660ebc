import { app, ipcMain, Menu, protocol, session, type BrowserWindow } from 'electron';
import type { LoadedConfig, Logger } from '@roomkey/core/host';
import { createApp, type DesktopApp } from '../app/index.js';
import { PageFiles } from '../server/page-files.js';
import { UI_FOLDER } from '../ui-folder.js';
import { readVersion } from '../version.js';
import { askForConsent } from './consent.js';
import { guardSession } from './guard-session.js';
import { onLauncherGone, notifyWindowOpen } from './launcher.js';
import { openMainWindow } from './main-window.js';
import { menuTemplate } from './menu.js';
import { restrictNavigation } from './navigation.js';
import { SCHEME } from './own-page.js';
import { pageResponse } from './page-response.js';
import { PORT_CHANNEL, acceptPagePort } from './page-port.js';

/** Runs the app in a window, until Electron quits. */
export async function run(config: LoadedConfig, logger: Logger): Promise<void> {
  for (const notice of config.notices) logger.warn(notice);
  const desktop = await createApp({ config, logger, version: readVersion() });
  const files = new PageFiles({
    folder: UI_FOLDER,
    moduleFile: (path) => desktop.moduleFile(path),
  });
  protocol.handle(SCHEME, (request) => pageResponse(files, request));
  ipcMain.on(PORT_CHANNEL, (event) => {
    const port = acceptPagePort(event);
    if (port !== undefined) desktop.connect(port);
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));

  let window: BrowserWindow | undefined;
  const open = (): void => {
    if (window === undefined) {
      window = openMainWindow(config.folders.config);
      window.once('ready-to-show', notifyWindowOpen);
      window.once('closed', () => (window = undefined));
    } else {
      if (window.isMinimized()) window.restore();
      window.focus();
    }
  };
  guardSession(
    session.defaultSession,
    askForConsent(() => window),
  );
  app.on('web-contents-created', (_event, contents) => restrictNavigation(contents));
  app.on('second-instance', open);
  // macOS: the app keeps running without windows, and its icon opens one.
  app.on('activate', open);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  onLauncherGone(() => app.quit());
  closeBeforeEnd(desktop, logger);
  open();
}

/** Leaves the call and closes the stores before the process exits. */
function closeBeforeEnd(desktop: DesktopApp, logger: Logger): void {
  let isClosed = false;
  app.on('will-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    void desktop
      .close()
      .catch((error: unknown) => logger.error(String(error)))
      .finally(() => {
        isClosed = true;
        app.quit();
      });
  });
}
