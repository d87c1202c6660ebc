import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { temporaryFolder } from './server/support.js';

it('builds the page anew without touching what stays the same', async () => {
  const folder = await temporaryFolder();
  const buildPage = () =>
    build({
      configFile: join(import.meta.dirname, '../vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder },
    });
  await buildPage();
  const page = join(folder, 'index.html');
  const html = await readFile(page, 'utf8');
  const [, script] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
  const stale = join(folder, 'assets/stale.js');
  await writeFile(stale, 'of a build before');
  await writeFile(page, 'changed');
  const before = await stat(join(folder, script!));

  await buildPage();
  expect(await stat(join(folder, script!))).toMatchObject({
    ino: before.ino,
    mtimeMs: before.mtimeMs,
  });
  expect(await readFile(page, 'utf8')).toBe(html);
  await expect(stat(stale)).rejects.toThrow('ENOENT');
});
