import { existsSync, readdirSync, readFileSync, rmSync, type Dirent } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/**
 * Skips unchanged files: `npm start` builds the page each time, even while another app of this
 * checkout runs and reads the files on request.
 */
function writeChangesOnly(): Plugin {
  let folder = '';
  /** Folder of files that Vite copies unchanged. */
  let copied = '';
  return {
    name: 'write-changes-only',
    configResolved({ root, build, publicDir }) {
      folder = resolve(root, build.outDir);
      copied = publicDir;
    },
    buildStart() {
      // A link would redirect the output elsewhere.
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

/** Lists matching paths in a folder, recursively and without following links. */
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
    // No inlining: the content security policy forbids data: scripts.
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
});
