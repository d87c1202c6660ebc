import { existsSync, readdirSync, readFileSync, rmSync, type Dirent } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/**
 * Leaves files alone that would be the same: `npm start` builds the page each time, also while
 * another app of this checkout runs, which reads the page's files when they are asked for.
 */
function writeChangesOnly(): Plugin {
  let folder = '';
  /** What Vite copies as it is, past the bundle. */
  let copied = '';
  return {
    name: 'write-changes-only',
    configResolved({ root, build, publicDir }) {
      folder = resolve(root, build.outDir);
      copied = publicDir;
    },
    buildStart() {
      // Through a link the page would be written to wherever that leads.
      for (const path of pathsIn(folder, (entry) => entry.isSymbolicLink())) rmSync(path);
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const path of pathsIn(folder, (entry) => entry.isFile())) {
          const name = relative(folder, path).replaceAll('\\', '/');
          const file = bundle[name];
          if (file === undefined) {
            if (!existsSync(join(copied, name))) rmSync(path);
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

/** The paths of what is meant in a folder, however deep; links are not followed. */
function pathsIn(folder: string, isMeant: (entry: Dirent) => boolean): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter(isMeant).map(({ parentPath, name }) => join(parentPath, name));
  } catch {
    // The first build.
    return [];
  }
}

export default defineConfig({
  root: join(import.meta.dirname, 'src/ui'),
  base: './',
  plugins: [writeChangesOnly()],
  build: {
    outDir: '../../dist/ui',
    emptyOutDir: false,
    target: 'chrome120',
    modulePreload: false,
    // Everything is a file of its own: the content security policy allows no data: scripts.
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
});
