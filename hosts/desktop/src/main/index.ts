/**
 * Electron's main process: the app, and a window that shows its page. What decides something is in
 * files that do not need Electron to run, so that it is tested without.
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
  // Chromium has options of its own.
  strict: false,
});
const logger = stderrLogger(values.verbose === true);

// For every page that there may ever be, whatever its window says.
app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

// Electron is not ready before this module is done: `whenReady` must not be awaited here, and what
// must be done before that, such as `setPath`, is awaited.
try {
  start(await readConfig(typeof values.config === 'string' ? { path: values.config } : {}));
} catch (error) {
  fail(error);
}

function start(config: LoadedConfig): void {
  app.setName('Roomkey');
  // The lock lies in this folder: one instance for each person's configuration.
  app.setPath('userData', join(config.folders.config, 'electron'));
  if (app.requestSingleInstanceLock()) {
    app
      .whenReady()
      .then(() => run(config, logger))
      .catch(fail);
  } else {
    // The one that runs already shows its window.
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
