import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/**
 * Does not rewrite unchanged files: `npm start` bundles each time, also while another app of this
 * checkout runs, which reads the files when a page requests them. Removes files that are no longer part
 * of the bundle.
 *
 * @returns {import('vite').Plugin}
 */
export function writeChangesOnly() {
  let folder = '';
  // Vite copies these files unchanged, outside the bundle; empty if there are none.
  let copied = '';
  return {
    name: 'write-changes-only',
    configResolved({ root, build, publicDir }) {
      folder = resolve(root, build.outDir);
      copied = publicDir;
    },
    buildStart() {
      // A link would redirect the bundle to its target.
      for (const path of pathsIn(folder, (entry) => entry.isSymbolicLink())) rmSync(path);
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const path of pathsIn(folder, (entry) => entry.isFile())) {
          const name = relative(folder, path).replaceAll('\\', '/');
          const file = bundle[name];
          if (file === undefined) {
            if (copied === '' || !existsSync(join(copied, name))) rmSync(path);
          } else {
            const content = file.type === 'chunk' ? file.code : file.source;
            if (readFileSync(path).equals(Buffer.from(content)))
              Reflect.deleteProperty(bundle, name);
          }
        }
      },
    },
  };
}

/**
 * The paths of matching entries in a folder, at any depth; links are not followed.
 *
 * @param {string} folder
 * @param {(entry: import('node:fs').Dirent) => boolean} matches
 * @returns {string[]}
 */
function pathsIn(folder, matches) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter(matches).map(({ parentPath, name }) => join(parentPath, name));
  } catch {
    // The first build.
    return [];
  }
}
