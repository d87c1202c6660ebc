import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAUNCH_FILE, runFolder } from './stale-files.js';

/** A file that leads a browser to an address which is nobody else's business. */
export interface LaunchFile {
  readonly path: string;
  /** Can be called twice. */
  remove(): Promise<void>;
}

/**
 * Writes a page that leads on to an address. A browser's arguments can be seen by every user of the
 * machine, and the address bears a token; this file can be read by its owner only.
 *
 * @param folder the person's own
 */
export async function writeLaunchFile(folder: string, address: string): Promise<LaunchFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(folder, `${runFolder('roomkey-launch')}-`));
  // mkdtemp makes it so; a mask that takes rights from the owner must not keep us out.
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
