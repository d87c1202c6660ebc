import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireBrowser } from '../../src/launch/choose-window.js';
import type { Surroundings } from '../../src/launch/surroundings.js';
import { temporaryFolder } from '../server/support.js';

function surroundings(environment: Surroundings['environment'], more?: Partial<Surroundings>) {
  return { platform: 'linux', environment, home: '/home/ada', isRoot: false, ...more } as const;
}

test('a browser that was asked for is found by its path, or as a program of PATH', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'firefox');
  await writeFile(path, '', { mode: 0o755 });
  const PATH = `/nowhere:${folder}`;
  await requireBrowser(surroundings({ PATH }), path);
  await requireBrowser(surroundings({ PATH }), 'firefox');
  await requireBrowser(surroundings({ PATH, ROOMKEY_BROWSER: 'firefox' }), undefined);
  await requireBrowser(surroundings({ PATH, ROOMKEY_BROWSER: '/nope' }), 'firefox');
  await writeFile(join(folder, 'chrome.exe'), '', { mode: 0o755 });
  await requireBrowser(surroundings({ PATH }, { platform: 'win32' }), join(folder, 'chrome'));
});

test('nothing need be there where the address is printed, or a browser is looked for', async () => {
  await requireBrowser(surroundings({}), 'none');
  await requireBrowser(surroundings({ ROOMKEY_BROWSER: '' }), undefined);
  await requireBrowser(surroundings({}), undefined);
});

test('one that is not there, or cannot be run, is an error that says where it was named', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'Firefox.app'));
  await writeFile(join(folder, 'notes'), 'not to be run', { mode: 0o644 });
  const here = surroundings({ PATH: folder });
  for (const name of ['/nope', 'nope', 'Firefox.app', 'notes', join(folder, 'notes'), folder]) {
    await expect(requireBrowser(here, name)).rejects.toMatchObject({
      code: 'RK_BROWSER_NOT_FOUND',
      message: expect.stringContaining(`no program ${name} `) as string,
    });
  }
  await expect(requireBrowser(here, '/nope')).rejects.toThrow('Give --browser');
  const variable = surroundings({ ROOMKEY_BROWSER: '/nope' });
  await expect(requireBrowser(variable, undefined)).rejects.toThrow('ROOMKEY_BROWSER');
});
