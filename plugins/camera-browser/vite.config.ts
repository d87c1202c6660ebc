import { join } from 'node:path';
import { defineConfig } from 'vite';
import { writeChangesOnly } from '../../scripts/lib/write-changes-only.js';

// The page side: two files, since a page resolves no import of a package.
export default defineConfig({
  root: join(import.meta.dirname, 'src/page'),
  base: './',
  publicDir: false,
  plugins: [writeChangesOnly()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: false,
    target: 'chrome120',
    modulePreload: false,
    rolldownOptions: {
      input: join(import.meta.dirname, 'src/page/index.ts'),
      // Its default export is what a page calls.
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js' },
    },
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: '[name].js' } },
  },
});
