import type { Stats } from 'node:fs';
import { lstat, readFile, readdir, readlink, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { hasErrno } from '../util/errno.js';

/** The user that runs this process. */
export interface ProcessUser {
  readonly uid: number;
  /** The user's private group: has the user's name and no other members. */
  readonly ownGroup: number | undefined;
}

/** A file, folder or link on the path to a file. */
interface PathComponent {
  readonly path: string;
  readonly stats: Stats;
  /** Whether it is a parent of the requested file. */
  readonly isAbove: boolean;
}

const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_WRITE = 0o002;
/** In such a folder only an entry's owner may rename or remove it, as in `/tmp`. */
const STICKY = 0o1000;
const ROOT = 0;
/** Maximum number of links in a path, as in Linux (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Decides which files Roomkey runs and obeys: the user's own and root's, provided that no one else
 * can write to them, to a parent folder, or to anything that a link on the path passes through.
 * Like OpenSSH's `StrictModes`, but stricter: a link's owner counts too.
 *
 * Ignores access control lists. Trusts everything on Windows, which has no such bits.
 */
export class FileTrust {
  readonly #user: ProcessUser | undefined;
  readonly #owners: ReadonlySet<number>;

  /** @param user `undefined`: trusts everything */
  constructor(user: ProcessUser | undefined, alsoOwner?: number) {
    this.#user = user;
    this.#owners = new Set([ROOT, user?.uid ?? ROOT, alsoOwner ?? ROOT]);
  }

  /** The policy for the user that runs this process. */
  static async own(): Promise<FileTrust> {
    const uid = process.geteuid?.();
    if (uid === undefined) return new FileTrust(undefined);
    return new FileTrust({ uid, ownGroup: await ownGroup() });
  }

  /**
   * For root, who names another user's file: accepts that user's files as well.
   *
   * @returns the wider policy and a sentence for the user; `undefined` if nothing changes
   */
  async acceptOwnerOf(file: string): Promise<{ trust: FileTrust; sentence: string } | undefined> {
    if (this.#user?.uid !== ROOT) return undefined;
    const uid = await lstat(file).then(
      (stats) => stats.uid,
      () => ROOT,
    );
    if (this.#owners.has(uid)) return undefined;
    return {
      trust: new FileTrust(this.#user, uid),
      sentence: `${file} belongs to the user with the number ${uid}. It is used because --config names it, together with that user’s files beside it.`,
    };
  }

  /**
   * Checks a file or folder and its whole path. A missing one passes: reading it will fail.
   *
   * @throws RoomkeyError `RK_FILE_UNTRUSTED`
   */
  async check(path: string): Promise<void> {
    if (this.#user === undefined) return;
    try {
      for await (const station of pathComponents(path)) this.#checkComponent(path, station);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
    }
  }

  /**
   * Checks code before it is imported: the file, its whole package, and every `node_modules` from
   * which it may import.
   *
   * @param folder the package's folder; `undefined` for a file without one, whose relative imports
   * are then followed
   * @throws RoomkeyError `RK_FILE_UNTRUSTED`
   */
  async checkCode(file: string, folder: string | undefined): Promise<void> {
    if (this.#user === undefined) return;
    await this.check(file);
    if (folder === undefined) await this.#checkImports(await realpath(file), new Set());
    else await this.#checkTree(await realpath(folder));
    // Node searches for packages above the real path.
    for (let above = dirname(await realpath(file)); ; above = dirname(above)) {
      await this.check(join(above, 'node_modules'));
      if (above === dirname(above)) return;
    }
  }

  async #checkTree(folder: string): Promise<void> {
    await this.check(folder);
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) await this.check(path);
      else this.#checkComponent(path, { path, stats: await lstat(path), isAbove: false });
    }
  }

  async #checkImports(file: string, seen: Set<string>): Promise<void> {
    if (seen.has(file)) return;
    seen.add(file);
    await this.check(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, specifier = ''] of text.matchAll(RELATIVE_IMPORT)) {
      await this.#checkImports(join(dirname(file), specifier), seen);
    }
  }

  #checkComponent(wanted: string, { path, stats, isAbove }: PathComponent): void {
    if (!this.#owners.has(stats.uid)) {
      throw untrusted(
        wanted,
        `${path} belongs to another user (number ${stats.uid})`,
        `If you trust its content, take ownership: sudo chown "$(id -un)" "${path}". Otherwise start Roomkey in a different folder, or name your own configuration with --config.`,
      );
    }
    // A link has no mode of its own.
    if (stats.isSymbolicLink()) return;
    if (isAbove && (stats.mode & STICKY) !== 0) return;
    const byGroup =
      (stats.mode & GROUP_MAY_WRITE) !== 0 && stats.gid !== (this.#user?.ownGroup ?? ROOT);
    if (!byGroup && (stats.mode & OTHERS_MAY_WRITE) === 0) return;
    throw untrusted(
      wanted,
      `other users of this machine can write to ${path}`,
      `Remove their permission: chmod go-w "${path}".`,
    );
  }
}

/** Static imports, `import()` and `require()` of a path. */
const RELATIVE_IMPORT = /\b(?:from|import|require)\s*\(?\s*['"](\.\.?\/[^'"]+)['"]/g;

function untrusted(wanted: string, what: string, advice: string): RoomkeyError {
  return new RoomkeyError(
    'RK_FILE_UNTRUSTED',
    `${wanted} is not used: ${what}, so others could control what Roomkey does in your name. ${advice}`,
  );
}

/** Yields the path's root and each component of the path, following links. */
async function* pathComponents(path: string): AsyncGenerator<PathComponent> {
  const { root } = parse(path);
  const parts = partsOf(path.slice(root.length));
  let folder = root;
  let links = 0;
  yield { path: root, stats: await lstat(root), isAbove: parts.length > 0 };
  for (let part; (part = parts.shift()) !== undefined;) {
    if (part === '..') {
      folder = dirname(folder);
      continue;
    }
    const here = join(folder, part);
    const stats = await lstat(here);
    yield { path: here, stats, isAbove: parts.length > 0 };
    if (!stats.isSymbolicLink()) {
      folder = here;
      continue;
    }
    // A circular link cannot be read either.
    if ((links += 1) > MAX_LINKS) return;
    const target = await readlink(here);
    if (isAbsolute(target)) folder = root;
    parts.unshift(...partsOf(target));
  }
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}

/**
 * The private group that some systems create per user (umask 002). Looked up in group(5); one known
 * only to a directory service does not count.
 */
async function ownGroup(): Promise<number | undefined> {
  let name: string;
  try {
    name = userInfo().username;
  } catch {
    // A user id without an account, as in containers.
    return undefined;
  }
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [group, , gid, members = ''] = line.split(':');
    const isOwn = members.split(',').every((member) => member === '' || member === name);
    if (group === name && isOwn) return Number(gid);
  }
  return undefined;
}
