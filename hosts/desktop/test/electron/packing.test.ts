import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const folder = join(import.meta.dirname, '../..');

const readJson = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, file), 'utf8'));

const packingSchema = z.looseObject({
  icon: z.string(),
  electronVersion: z.string(),
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

it('packs the Electron that is installed, by the electron-builder that was looked at', async () => {
  const { electronVersion } = packingSchema.parse(await readJson('electron-builder.json'));
  expect(await readJson('package.json')).toMatchObject({
    devDependencies: { electron: electronVersion },
    peerDependencies: { electron: electronVersion },
  });
  const { scripts } = z
    .looseObject({ scripts: z.record(z.string(), z.string()) })
    .parse(await readJson('../../package.json'));
  expect(scripts['pack:desktop']).toMatch(/npx electron-builder@\d+\.\d+\.\d+ /);
});
