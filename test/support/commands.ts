import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Finds a command on the path. */
export function findCommand(command: string): string | undefined {
  const file = process.platform === 'win32' ? `${command}.exe` : command;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, file)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
