import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/**
 * Leaves files alone that would be the same: `npm start` bundles each time, also while another app of
 * this checkout runs, which reads the files when a page asks for them. Removes what is no longer part
 * of the bundle.
 *
 * @returns {import('vite').Plugin}
 */
export function writeChangesOnly() {
  let folder = '';
  // What Vite copies as it is, past the bundle; empty where there is nothing.
  let copied = '';
  return {
    name: 'write-changes-only',
    configResolved({ root, build, publicDir }) {
      folder = resolve(root, build.outDir);
      copied = publicDir;
    },
    buildStart() {
      // Through a link the bundle would be written to wherever that leads.
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
 * The paths of what is meant in a folder, however deep; links are not followed.
 *
 * @param {string} folder
 * @param {(entry: import('node:fs').Dirent) => boolean} isMeant
 * @returns {string[]}
 */
function pathsIn(folder, isMeant) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter(isMeant).map(({ parentPath, name }) => join(parentPath, name));
  } catch {
    // The first build.
    return [];
  }
}
