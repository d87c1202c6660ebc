import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireBrowser } from '../../src/launch/choose-window.js';
import type { HostEnvironment } from '../../src/launch/host-environment.js';
import { temporaryFolder } from '../server/support.js';

function hostWith(environment: HostEnvironment['environment'], more?: Partial<HostEnvironment>) {
  return { platform: 'linux', environment, home: '/home/ada', isRoot: false, ...more } as const;
}

test('a requested browser is found by path, or as a program on PATH', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'firefox');
  await writeFile(path, '', { mode: 0o755 });
  const PATH = `/nowhere:${folder}`;
  await requireBrowser(hostWith({ PATH }), path);
  await requireBrowser(hostWith({ PATH }), 'firefox');
  await requireBrowser(hostWith({ PATH, ROOMKEY_BROWSER: 'firefox' }), undefined);
  await requireBrowser(hostWith({ PATH, ROOMKEY_BROWSER: '/nope' }), 'firefox');
  await writeFile(join(folder, 'chrome.exe'), '', { mode: 0o755 });
  await requireBrowser(hostWith({ PATH }, { platform: 'win32' }), join(folder, 'chrome'));
});

test('no browser is required for printing the address, or without a request', async () => {
  await requireBrowser(hostWith({}), 'none');
  await requireBrowser(hostWith({ ROOMKEY_BROWSER: '' }), undefined);
  await requireBrowser(hostWith({}), undefined);
});

test('a missing or non-executable browser is an error that says where it was named', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'Firefox.app'));
  await writeFile(join(folder, 'notes'), 'not to be run', { mode: 0o644 });
  const here = hostWith({ PATH: folder });
  for (const name of ['/nope', 'nope', 'Firefox.app', 'notes', join(folder, 'notes'), folder]) {
    await expect(requireBrowser(here, name)).rejects.toMatchObject({
      code: 'RK_BROWSER_NOT_FOUND',
      message: expect.stringContaining(`no program ${name} `) as string,
    });
  }
  await expect(requireBrowser(here, '/nope')).rejects.toThrow('Give --browser');
  const variable = hostWith({ ROOMKEY_BROWSER: '/nope' });
  await expect(requireBrowser(variable, undefined)).rejects.toThrow('ROOMKEY_BROWSER');
});
