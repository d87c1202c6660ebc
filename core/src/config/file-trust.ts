import type { Stats } from 'node:fs';
import { lstat, readFile, readdir, readlink, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { hasErrno } from '../util/errno.js';

/** Who runs us. */
export interface ProcessUser {
  readonly uid: number;
  /** The group that bears the person's own name and has nobody else in it, where there is one. */
  readonly ownGroup: number | undefined;
}

/** A file or folder on the way to another, links included. */
interface PathComponent {
  readonly path: string;
  readonly stats: Stats;
  /** Whether something in it is asked for, and not the thing itself. */
  readonly isAbove: boolean;
}

const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_WRITE = 0o002;
/** In such a folder only an entry's owner may rename or remove it, as in `/tmp`. */
const STICKY = 0o1000;
const ROOT = 0;
/** As many links on the way to one file as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Whose files Roomkey runs and obeys: the person's own and root's, where nobody else may write to
 * them, to a folder above them, or to what a link on the way leads through. As OpenSSH does it with
 * `StrictModes`, and more strictly: a link's owner counts as well.
 *
 * Access control lists are not looked at. On Windows nothing is: it has no such bits.
 */
export class FileTrust {
  readonly #person: ProcessUser | undefined;
  readonly #owners: ReadonlySet<number>;

  /** @param person `undefined`: everything is trusted */
  constructor(person: ProcessUser | undefined, alsoOwner?: number) {
    this.#person = person;
    this.#owners = new Set([ROOT, person?.uid ?? ROOT, alsoOwner ?? ROOT]);
  }

  /** That of whoever runs this process. */
  static async own(): Promise<FileTrust> {
    const uid = process.geteuid?.();
    if (uid === undefined) return new FileTrust(undefined);
    return new FileTrust({ uid, ownGroup: await ownGroup() });
  }

  /**
   * For root, who names the file of somebody else: that one's files are accepted as well.
   *
   * @returns the wider trust and the sentence to say; `undefined` where nothing is to be accepted
   */
  async acceptOwnerOf(file: string): Promise<{ trust: FileTrust; sentence: string } | undefined> {
    if (this.#person?.uid !== ROOT) return undefined;
    const uid = await lstat(file).then(
      (stats) => stats.uid,
      () => ROOT,
    );
    if (this.#owners.has(uid)) return undefined;
    return {
      trust: new FileTrust(this.#person, uid),
      sentence: `${file} belongs to the user with the number ${uid}. It is used, and what belongs to that user beside it, because --config names it.`,
    };
  }

  /**
   * Checks a file or folder and everything on the way to it. One that is not there is for whoever
   * reads it.
   *
   * @throws RoomkeyError `RK_FILE_UNTRUSTED`
   */
  async check(path: string): Promise<void> {
    if (this.#person === undefined) return;
    try {
      for await (const station of pathComponents(path)) this.#checkComponent(path, station);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
    }
  }

  /**
   * Checks code before it is imported: the file, the whole package that it belongs to, and every
   * `node_modules` from which that may import.
   *
   * @param folder the package's folder; `undefined` for a file without one, whose relative imports
   * are followed then
   * @throws RoomkeyError `RK_FILE_UNTRUSTED`
   */
  async checkCode(file: string, folder: string | undefined): Promise<void> {
    if (this.#person === undefined) return;
    await this.check(file);
    if (folder === undefined) await this.#checkImports(await realpath(file), new Set());
    else await this.#checkTree(await realpath(folder));
    // Node looks for packages above the real place.
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
        `If you trust what is in it, make it yours: sudo chown "$(id -un)" "${path}". Otherwise start Roomkey in another folder, or name your own configuration with --config.`,
      );
    }
    // A link has no rights of its own.
    if (stats.isSymbolicLink()) return;
    if (isAbove && (stats.mode & STICKY) !== 0) return;
    const byGroup =
      (stats.mode & GROUP_MAY_WRITE) !== 0 && stats.gid !== (this.#person?.ownGroup ?? ROOT);
    if (!byGroup && (stats.mode & OTHERS_MAY_WRITE) === 0) return;
    throw untrusted(
      wanted,
      `other users of this machine may write to ${path}`,
      `Take that away from them: chmod go-w "${path}".`,
    );
  }
}

/** Static imports, `import()` and `require()` of a path. */
const RELATIVE_IMPORT = /\b(?:from|import|require)\s*\(?\s*['"](\.\.?\/[^'"]+)['"]/g;

function untrusted(wanted: string, what: string, advice: string): RoomkeyError {
  return new RoomkeyError(
    'RK_FILE_UNTRUSTED',
    `${wanted} is not used: ${what}, and so others could decide what Roomkey does in your name. ${advice}`,
  );
}

/** The path's root, and one after another what stands on the way, through links. */
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
    // One in a circle cannot be read either.
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
 * The group that systems with "user private groups" (umask 002) make for each user. Looked up in
 * group(5); one that only a directory service knows does not count as one's own.
 */
async function ownGroup(): Promise<number | undefined> {
  let name: string;
  try {
    name = userInfo().username;
  } catch {
    // A number without an account, as in containers.
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
