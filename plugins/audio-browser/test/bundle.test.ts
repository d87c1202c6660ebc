import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, onTestFinished, test } from 'vitest';

test('the page side is four small files that import nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-page-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await build({
    configFile: join(import.meta.dirname, '../vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder },
  });
  const names = ['capture-worker.js', 'index.js', 'playback-worker.js', 'playback-worklet.js'];
  expect((await readdir(folder)).sort()).toEqual(names);
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    expect(text).not.toMatch(/\bimport\b(?!\.meta)/);
    expect(text.length).toBeLessThan(32 * 1024);
  }
});
