import { stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFolders, resolveReferences, userFolders } from '../../src/config/index.js';
import { temporaryFolder } from './support.js';

test('environment references are replaced at every depth, and nothing else is', () => {
  const config = {
    uri: { env: 'URI' },
    list: [{ env: 'A' }, { deep: { env: 'B_2' } }],
    kept: { env: 'URI', other: 1 },
    odd: { env: 5 },
    name: { env: 'not a name' },
    none: null,
  };
  expect(resolveReferences(config, { URI: 'mongodb://x', A: 'a', B_2: 'b' })).toEqual({
    config: { ...config, uri: 'mongodb://x', list: ['a', { deep: 'b' }] },
    missing: [],
  });
});

test('unset and empty variables are reported as missing', () => {
  const config = { a: { env: 'A' }, b: [{ env: 'B' }] };
  expect(resolveReferences(config, { A: '' }).missing).toEqual(['A', 'B']);
});

test.each([
  ['linux', {}, '/h/.config/roomkey', '/h/.local/share/roomkey'],
  ['linux', { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }, '/c/roomkey', '/d/roomkey'],
  [
    'linux',
    { XDG_CONFIG_HOME: 'c', XDG_DATA_HOME: '' },
    '/h/.config/roomkey',
    '/h/.local/share/roomkey',
  ],
  [
    'darwin',
    {},
    '/h/Library/Application Support/Roomkey/config',
    '/h/Library/Application Support/Roomkey/data',
  ],
  ['win32', { APPDATA: '/r', LOCALAPPDATA: '/l' }, '/r/Roomkey', '/l/Roomkey/data'],
  ['win32', { ROOMKEY_HOME: '/own', APPDATA: '/r' }, '/own/config', '/own/data'],
  ['linux', { ROOMKEY_HOME: '/own' }, '/own/config', '/own/data'],
] as const)(
  'userFolders on %s with %j follows the platform',
  (platform, environment, config, data) => {
    expect(userFolders(environment, platform, '/h')).toEqual({ config, data });
  },
);

test.each([
  ['linux', 'HOME'],
  ['darwin', 'HOME'],
  ['win32', 'USERPROFILE'],
] as const)('homeFolder on %s ignores an empty or relative %s', (platform, variable) => {
  const { homedir } = userInfo();
  const own = userFolders({ [variable]: '/own' }, platform);
  for (const value of ['', 'home', '.']) {
    const folders = userFolders({ [variable]: value }, platform);
    expect(folders.config).toBe(own.config.replace('/own', homedir));
    expect(folders.data).toBe(own.data.replace('/own', homedir));
  }
});

test('a relative ROOMKEY_HOME is an error', () => {
  expect(() => userFolders({ ROOMKEY_HOME: 'here' })).toThrow(
    expect.objectContaining({
      code: 'RK_CONFIG_INVALID',
      message: expect.stringContaining('absolute path') as string,
    }),
  );
});

test('an error for a folder that cannot be created names the folder and the remedy', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  await expect(createFolders(userFolders({ ROOMKEY_HOME: file }))).rejects.toMatchObject({
    code: 'RK_STORAGE_IO',
    message: expect.stringMatching(/config cannot be created: .*ROOMKEY_HOME/) as string,
  });
});

test.skipIf(process.platform === 'win32')(
  'new folders are accessible to their owner only',
  async () => {
    const folders = userFolders({ ROOMKEY_HOME: join(await temporaryFolder(), 'home') });
    await createFolders(folders);
    await createFolders(folders);
    for (const folder of [folders.config, folders.data, join(folders.config, '..')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  },
);
