import { readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasErrno } from './errno.js';

/** The limit of Linux (path_resolution(7)). */
const MAX_LINKS = 40;
const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_WRITE = 0o002;
const ROOT = 0;

/**
 * Resolves symbolic links, even if the target does not exist yet: replacing a file must not replace
 * the link to it. A path that is no link is returned unchanged.
 *
 * Refuses a link into a folder that other users can write to: they could put their own file there.
 * (Windows has no such bits.)
 *
 * @throws what Node throws, including `ELOOP`; an `Error` with a readable message for such a folder
 */
export async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; ; links += 1) {
    const next = await readLink(target);
    if (next === undefined) break;
    if (links === MAX_LINKS) {
      throw Object.assign(new Error(`ELOOP: the links of ${path} lead in a circle`), {
        code: 'ELOOP',
      });
    }
    // Resolve `..` against the real folder.
    target = resolve(await realpath(dirname(target)), next);
  }
  if (target !== path) await checkFolder(path, dirname(target));
  return target;
}

/** The target of a link; `undefined` for anything else. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // UNKNOWN: Windows, for a file that is no link.
    if (hasErrno(error, 'EINVAL', 'ENOENT', 'ENOTDIR', 'UNKNOWN')) return undefined;
    throw error;
  }
}

async function checkFolder(link: string, folder: string): Promise<void> {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  let found;
  try {
    found = await stat(folder);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // Not ENOENT, which counts as an empty file: the file may lie on a disk that is not mounted.
    throw new Error(
      `${link} is a link into ${folder}, which does not exist. Create it, or remove the link`,
      { cause: error },
    );
  }
  const isOurs = found.uid === uid || found.uid === ROOT;
  const groupMay = (found.mode & GROUP_MAY_WRITE) !== 0 && found.gid !== process.getegid?.();
  if (isOurs && !groupMay && (found.mode & OTHERS_MAY_WRITE) === 0) return;
  throw new Error(
    `${link} is a link into ${folder}, which other users can write to. Remove their write permission, or the link`,
  );
}
