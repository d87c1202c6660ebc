import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAUNCH_FILE, runFolder } from './stale-files.js';

/** A file that redirects a browser to a secret address. */
export interface LaunchFile {
  readonly path: string;
  /** Idempotent. */
  remove(): Promise<void>;
}

/**
 * Writes a page that redirects to the address. Every user of the computer can see a browser's
 * arguments, and the address contains a token; only the owner can read this file.
 *
 * @param folder a folder of the user's
 */
export async function writeLaunchFile(folder: string, address: string): Promise<LaunchFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(folder, `${runFolder('roomkey-launch')}-`));
  // mkdtemp does this too, but a umask may remove the owner's rights.
  await chmod(own, 0o700);
  const path = join(own, LAUNCH_FILE);
  await writeFile(path, launchPage(address), { mode: 0o600, flag: 'wx' });
  return { path, remove: () => rm(own, { recursive: true, force: true }) };
}

function launchPage(address: string): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="referrer" content="no-referrer" />
  <meta http-equiv="refresh" content="0; url=${address}" />
  <title>Roomkey</title>
  <p><a href="${address}">Open Roomkey</a></p>
</html>
`;
}
