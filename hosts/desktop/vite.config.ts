import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: join(import.meta.dirname, 'src/ui'),
  base: './',
  build: {
    outDir: '../../dist/ui',
    emptyOutDir: true,
    target: 'chrome120',
    modulePreload: false,
    // Everything is a file of its own: the content security policy allows no data: scripts.
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
});
