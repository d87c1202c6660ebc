/**
 * Electron's main process: the app and a window for its page. Decisions live in files that do not
 * import Electron, so that they can be tested without it.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { app, dialog, protocol } from 'electron';
import { readConfig, type LoadedConfig } from '@roomkey/core/host';
import { failureOf } from '../app/failure.js';
import { notifyWindowOpen } from './launcher.js';
import { SCHEME } from './own-page.js';
import { run } from './run.js';
import { stderrLogger } from './stderr-logger.js';

const { values } = parseArgs({
  options: { config: { type: 'string' }, verbose: { type: 'boolean' } },
  // Chromium has its own options.
  strict: false,
});
const logger = stderrLogger(values.verbose === true);

// For every page, whatever its window's options say.
app.enableSandbox();
// Cancels the echo of what the page plays by Web Audio, too (electron/electron#47043).
app.commandLine.appendSwitch('enable-features', 'ChromeWideEchoCancellation');
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

// Electron becomes ready only after this module has finished, so `whenReady` must not be awaited
// here. What must come first, such as `setPath`, is awaited.
try {
  start(await readConfig(typeof values.config === 'string' ? { path: values.config } : {}));
} catch (error) {
  fail(error);
}

function start(config: LoadedConfig): void {
  app.setName('Roomkey');
  // The lock file is in this folder: one instance per configuration.
  app.setPath('userData', join(config.folders.config, 'electron'));
  if (app.requestSingleInstanceLock()) {
    app
      .whenReady()
      .then(() => run(config, logger))
      .catch(fail);
  } else {
    // The running instance shows its window.
    notifyWindowOpen();
    app.exit();
  }
}

function fail(error: unknown): void {
  const { message, details } = failureOf(error, logger);
  const text = details === undefined ? message : `${message}\n\nDetails: ${details}`;
  logger.error(text);
  void app.whenReady().then(() => {
    dialog.showErrorBox('Roomkey cannot start', text);
    app.exit(1);
  });
}
