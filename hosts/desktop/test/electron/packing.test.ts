import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const folder = join(import.meta.dirname, '../..');

const readJson = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, file), 'utf8'));

const packingSchema = z.looseObject({
  icon: z.string(),
  electronVersion: z.string(),
  electronDist: z.string(),
  files: z.array(z.string()),
});

it('the packed icon is large enough for every system, and is part of the app', async () => {
  const { icon, files } = packingSchema.parse(await readJson('electron-builder.json'));
  const png = await readFile(join(folder, icon));
  // PNG, sections 5.2 and 11.2.2: the signature, then IHDR with width, height and type of color.
  expect(png.toString('latin1', 1, 4)).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 1024]);
  // With transparency.
  expect(png[25]).toBe(6);
  expect(files).toContain(icon);
});

it('the locked packer packs the locked Electron, and downloads nothing else', async () => {
  const { electronVersion, electronDist } = packingSchema.parse(
    await readJson('electron-builder.json'),
  );
  expect(await readJson('package.json')).toMatchObject({
    devDependencies: { electron: electronVersion },
    peerDependencies: { electron: `^${electronVersion}` },
  });
  // The locked package's download matches its checksums; the packer would download another one.
  const locked = createRequire(join(folder, 'package.json')).resolve('electron/package.json');
  expect(join(folder, electronDist)).toBe(join(dirname(locked), 'dist'));
  const { scripts } = z
    .looseObject({ scripts: z.record(z.string(), z.string()) })
    .parse(await readJson('../../package.json'));
  // Downloads of npx or dlx are not locked.
  expect(Object.values(scripts).filter((script) => /\b(npx|dlx|npm exec)\b/.test(script))).toEqual(
    [],
  );
  expect(await readJson('packing/package.json')).toMatchObject({
    devDependencies: { 'electron-builder': expect.stringMatching(/^\d+\.\d+\.\d+$/) as string },
  });
});
