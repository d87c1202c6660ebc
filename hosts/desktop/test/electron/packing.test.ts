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

it('packs an icon that is large enough for every system, and has it in the app', async () => {
  const { icon, files } = packingSchema.parse(await readJson('electron-builder.json'));
  const png = await readFile(join(folder, icon));
  // PNG, sections 5.2 and 11.2.2: the signature, then IHDR with width, height and type of colour.
  expect(png.toString('latin1', 1, 4)).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 1024]);
  // With transparency.
  expect(png[25]).toBe(6);
  expect(files).toContain(icon);
});

it('packs the Electron that is locked, by a packer that is locked, and fetches nothing else', async () => {
  const { electronVersion, electronDist } = packingSchema.parse(
    await readJson('electron-builder.json'),
  );
  expect(await readJson('package.json')).toMatchObject({
    devDependencies: { electron: electronVersion },
    peerDependencies: { electron: `^${electronVersion}` },
  });
  // What the locked package downloaded fits the checksums in it; the packer would take another.
  const locked = createRequire(join(folder, 'package.json')).resolve('electron/package.json');
  expect(join(folder, electronDist)).toBe(join(dirname(locked), 'dist'));
  const { scripts } = z
    .looseObject({ scripts: z.record(z.string(), z.string()) })
    .parse(await readJson('../../package.json'));
  // What npx or dlx fetches is locked nowhere.
  expect(Object.values(scripts).filter((script) => /\b(npx|dlx|npm exec)\b/.test(script))).toEqual(
    [],
  );
  expect(await readJson('packing/package.json')).toMatchObject({
    devDependencies: { 'electron-builder': expect.stringMatching(/^\d+\.\d+\.\d+$/) as string },
  });
});
