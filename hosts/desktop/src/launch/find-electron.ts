import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isProgram, type HostEnvironment } from './host-environment.js';

/**
 * Finds Electron's binary, if it was downloaded. Reads the package's files instead of importing it:
 * without the binary, importing would start the download.
 *
 * @param packageFile locates the package's manifest; throws if it is not installed
 */
export async function findElectron(
  { environment }: HostEnvironment,
  packageFile = (): string => createRequire(import.meta.url).resolve('electron/package.json'),
): Promise<string | undefined> {
  const own = environment['ROOMKEY_ELECTRON'];
  if (own !== undefined && own !== '') return own;
  try {
    const folder = dirname(packageFile());
    const path = (await readFile(join(folder, 'path.txt'), 'utf8')).trim();
    const program = join(folder, 'dist', path);
    return (await isProgram(program)) ? program : undefined;
  } catch {
    // Not installed, or without the binary, as after `npm ci --ignore-scripts`.
    return undefined;
  }
}
