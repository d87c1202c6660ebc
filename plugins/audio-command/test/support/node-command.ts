import { join } from 'node:path';

/** The device name of a program of this folder, run by Node. */
export function nodeCommand(script: string, ...args: readonly string[]): string {
  const words = [process.execPath, join(import.meta.dirname, script), ...args];
  return `command:${words.map((word) => `'${word}'`).join(' ')}`;
}
