import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isProgram, type HostEnvironment } from './host-environment.js';

/**
 * Electron's program, where it was downloaded. The package is looked into and not imported: without
 * its binary, importing it would try to download it.
 *
 * @param packageFile finds the package's manifest; throws where it is not installed
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
    // Not installed, or installed without its binary, as `npm ci --ignore-scripts` does.
    return undefined;
  }
}
