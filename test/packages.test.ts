import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package in a lock file. See npm's documentation: package-lock.json, `packages`. */
interface Locked {
  /** The folder of a package in the checkout. */
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** The packages by their paths; the path of the checkout itself is empty. */
type Lock = Readonly<Record<string, Locked>>;

function readLock(file: string): Lock {
  return (JSON.parse(readFileSync(join(root, file), 'utf8')) as { packages: Lock }).packages;
}

/** Of binaries for many systems only one is installed. The documentation counts that of Linux on x64. */
function isInstalled({ os, cpu, libc }: Locked): boolean {
  return (
    os?.includes('linux') !== false &&
    cpu?.includes('x64') !== false &&
    libc?.includes('glibc') !== false
  );
}

/** Finds a package like Node: in the nearest `node_modules` above. */
function find(lock: Lock, from: string, name: string): string | undefined {
  const path = join(from, 'node_modules', name);
  const locked = lock[path];
  if (locked !== undefined) return locked.link === true ? locked.resolved : path;
  const outer = from.slice(0, Math.max(0, from.lastIndexOf('/')));
  return from === '' ? undefined : find(lock, outer, name);
}

/** The packages of the checkout and their dependencies, without development dependencies. */
function production(lock: Lock): ReadonlySet<string> {
  const found = new Set(Object.keys(lock).filter((path) => !path.includes('node_modules/')));
  // The loop also visits packages that it adds to the set.
  for (const path of found) {
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = lock[path]!;
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    for (const name of names.filter((each) => devDependencies?.[each] === undefined)) {
      const next = find(lock, path, name);
      if (next !== undefined && isInstalled(lock[next]!)) found.add(next);
    }
  }
  return found;
}

describe('an installation without development dependencies', () => {
  const lock = readLock('package-lock.json');
  const names = [...production(lock)];

  test('has as many packages as docs/security.md says', () => {
    const security = readFileSync(join(root, 'docs/security.md'), 'utf8');
    const said = /`npm ls --omit=dev --all --parseable \| wc -l` prints (\d+) /.exec(security)?.[1];
    // Users must trust each package: if this number grows, explain the new ones in the document.
    expect(names, names.join('\n')).toHaveLength(Number(said));
  });

  test('runs no install scripts', () => {
    expect(names.filter((path) => lock[path]?.hasInstallScript === true)).toEqual([]);
  });
});

test.each(['package-lock.json', 'hosts/desktop/packing/package-lock.json'])(
  '%s pins the contents of every third-party package',
  (file) => {
    const loose = Object.entries(readLock(file)).filter(
      ([path, { link, integrity }]) =>
        path.includes('node_modules/') &&
        link !== true &&
        integrity?.startsWith('sha512-') !== true,
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  },
);
