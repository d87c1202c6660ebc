import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { SettingsFile } from '../../src/app/settings-file.js';

let folder: string;
let problems: { readonly code: string; readonly message: string }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-settings-'));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true }));
  problems = [];
});

const file = (): string => join(folder, 'desktop.json');
const open = (): Promise<SettingsFile> =>
  SettingsFile.open(folder, (error) => problems.push(error));
const defaults = {
  theme: 'system',
  resolution: '1280x720',
  fps: 30,
  codec: 'auto',
  quality: 80,
  mirror: true,
  statistics: false,
  microphone: true,
  processing: true,
  volume: 100,
};

test('no file is written before a setting changes', async () => {
  expect((await open()).current).toEqual(defaults);
  expect(await readdir(folder)).toEqual([]);
});

test('settings are stored, for their owner only', async () => {
  const settings = await open();
  await Promise.all([
    settings.set({ theme: 'dark' }),
    settings.set({ deviceId: 'front', theme: undefined }),
    settings.set({ quality: 55 }),
  ]);
  const chosen = { ...defaults, theme: 'dark', deviceId: 'front', quality: 55 };
  expect(settings.current).toEqual(chosen);
  expect((await open()).current).toEqual(chosen);
  expect(await readdir(folder)).toEqual(['desktop.json']);
  if (process.platform !== 'win32') expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test('a chosen camera can be reset', async () => {
  const settings = await open();
  await settings.set({ deviceId: 'front', theme: 'dark' });
  await settings.set({ deviceId: null });
  for (const one of [settings, await open()]) {
    expect(one.current).toEqual({ ...defaults, theme: 'dark' });
  }
});

test('settings of a later version are ignored', async () => {
  await writeFile(file(), JSON.stringify({ theme: 'light', hologram: true }));
  expect((await open()).current).toEqual({ ...defaults, theme: 'light' });
  expect(problems).toEqual([]);
});

test.each(['{"theme":', '[]', '"x"', '{"quality":1000}', ''])(
  'a damaged file (%j) is renamed and reported once, and the defaults apply',
  async (text) => {
    await writeFile(file(), text);
    const settings = await open();
    expect(settings.current).toEqual(defaults);
    expect(problems).toMatchObject([{ code: 'RK_CONFIG_INVALID' }]);
    expect(problems[0]?.message).toContain(`${file()}.damaged`);
    expect(await readFile(`${file()}.damaged`, 'utf8')).toBe(text);
    await settings.set({ mirror: false });
    expect((await open()).current.mirror).toBe(false);
    expect(problems).toHaveLength(1);
  },
);

test('a setting that cannot be written still applies, and the failure is reported', async () => {
  const settings = await open();
  await rm(folder, { recursive: true });
  await writeFile(folder, 'a file in the place of the folder');
  await expect(settings.set({ theme: 'dark' })).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
  expect(settings.current.theme).toBe('dark');
});
