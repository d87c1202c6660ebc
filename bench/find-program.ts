import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program: the first on the path that has one of these names. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}
