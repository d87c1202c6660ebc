import { findCommand } from './commands.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser of the tests: the value of `ROOMKEY_CHROMIUM`, or else the first on the path. */
export function chromiumProgram(): string | undefined {
  return (
    process.env['ROOMKEY_CHROMIUM'] ?? names.map(findCommand).find((path) => path !== undefined)
  );
}
