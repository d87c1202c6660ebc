import { findCommand } from './commands.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser that the tests run: the one `ROOMKEY_CHROMIUM` names, else the first on the path. */
export function chromiumProgram(): string | undefined {
  return (
    process.env['ROOMKEY_CHROMIUM'] ?? names.map(findCommand).find((path) => path !== undefined)
  );
}
