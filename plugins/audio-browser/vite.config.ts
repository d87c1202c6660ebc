import { join } from 'node:path';
import { defineConfig } from 'vite';
import { writeChangesOnly } from '../../scripts/lib/write-changes-only.js';

// The page side is bundled files, because a page cannot resolve imports of packages.
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
      // The page calls its default export.
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js' },
    },
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: '[name].js' } },
  },
});
