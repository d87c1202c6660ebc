import { readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { temporaryFolder } from './server/support.js';

async function buildPage(folder: string): Promise<void> {
  await build({
    configFile: join(import.meta.dirname, '../vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder },
  });
}

it('rebuilding the page leaves unchanged files untouched', async () => {
  const folder = await temporaryFolder();
  await buildPage(folder);
  const page = join(folder, 'index.html');
  const html = await readFile(page, 'utf8');
  const [, script] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
  const stale = join(folder, 'assets/stale.js');
  await writeFile(stale, 'of a build before');
  await writeFile(page, 'changed');
  const before = await stat(join(folder, script!));

  await buildPage(folder);
  expect(await stat(join(folder, script!))).toMatchObject({
    ino: before.ino,
    mtimeMs: before.mtimeMs,
  });
  expect(await readFile(page, 'utf8')).toBe(html);
  await expect(stat(stale)).rejects.toThrow('ENOENT');
});

it('builds the page in its folder only, and follows no links out of it', async () => {
  const folder = await temporaryFolder();
  const elsewhere = await temporaryFolder();
  await buildPage(folder);
  const kept = join(elsewhere, 'kept.html');
  await writeFile(kept, 'not the page');
  await rename(join(folder, 'assets'), join(elsewhere, 'assets'));
  const before = await readdir(join(elsewhere, 'assets'));
  await writeFile(join(elsewhere, 'assets/kept.js'), 'not of the page');
  await rename(join(folder, 'index.html'), join(elsewhere, 'index.html'));
  await symlink(kept, join(folder, 'index.html'));
  await symlink(join(elsewhere, 'assets'), join(folder, 'assets'));

  await buildPage(folder);
  expect(await readFile(kept, 'utf8')).toBe('not the page');
  expect(await readFile(join(folder, 'index.html'), 'utf8')).toContain('<script');
  expect(await readFile(join(elsewhere, 'assets/kept.js'), 'utf8')).toBe('not of the page');
  expect((await readdir(join(folder, 'assets'))).sort()).toEqual(before.sort());
});
