import { join } from 'node:path';
import { defineConfig } from 'vite';
import { writeChangesOnly } from '../../scripts/lib/write-changes-only.js';

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
