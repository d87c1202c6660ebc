import { readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasErrno } from './errno.js';

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;
const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_WRITE = 0o002;
const ROOT = 0;

/**
 * The file to which a path leads through symbolic links, also where it is not there yet: what
 * replaces a file must not replace the link. A path that is no link stays as it is.
 *
 * A link into a folder to which others may write is not followed: they could put a file of theirs
 * in its place. (Windows has no such bits.)
 *
 * @throws what Node throws, `ELOOP` among it; an `Error` in words for a folder of others
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
    // `..` is that of the real folder.
    target = resolve(await realpath(dirname(target)), next);
  }
  if (target !== path) await checkFolder(path, dirname(target));
  return target;
}

/** What a link says; `undefined` for anything else. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // The last is Windows' for a file that is no link.
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
    // Not as ENOENT, which stands for an empty file: what lies on a disk that is away is not.
    throw new Error(
      `${link} is a link into ${folder}, which is not there. Make it, or remove the link`,
      { cause: error },
    );
  }
  const isOurs = found.uid === uid || found.uid === ROOT;
  const groupMay = (found.mode & GROUP_MAY_WRITE) !== 0 && found.gid !== process.getegid?.();
  if (isOurs && !groupMay && (found.mode & OTHERS_MAY_WRITE) === 0) return;
  throw new Error(
    `${link} is a link into ${folder}, to which other users may write. Take that right from them, or remove the link`,
  );
}
