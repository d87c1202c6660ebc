import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseWindow, mayUseElectron } from '../../src/launch/choose-window.js';
import {
  defaultBrowser,
  findAppBrowser,
  isDefaultConfined,
} from '../../src/launch/find-browser.js';
import { findElectron } from '../../src/launch/find-electron.js';
import type { HostEnvironment } from '../../src/launch/host-environment.js';
import { temporaryFolder } from '../server/support.js';

const person: HostEnvironment = {
  platform: 'linux',
  environment: { DISPLAY: ':0', PATH: '' },
  home: '/home/ada',
  isRoot: false,
};

function hostWith(environment: HostEnvironment['environment'], more?: Partial<HostEnvironment>) {
  return { ...person, ...more, environment: { ...person.environment, ...environment } };
}

async function program(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '', { mode: 0o755 });
  return path;
}

describe('the choice of a window', () => {
  it('follows the user: the option before the variable', async () => {
    const asked = hostWith({ ROOMKEY_BROWSER: '/opt/firefox' });
    expect(await chooseWindow(asked, undefined)).toEqual({
      kind: 'tab',
      name: 'firefox',
      program: '/opt/firefox',
    });
    expect(await chooseWindow(asked, 'none')).toEqual({ kind: 'address', because: '' });
    const browser = { name: 'brave-nightly', path: '/opt/brave-nightly' };
    expect(await chooseWindow(asked, browser.path)).toEqual({ kind: 'app-window', browser });
    expect(await chooseWindow(hostWith({ ROOMKEY_BROWSER: 'none' }), undefined)).toMatchObject({
      kind: 'address',
    });
  });

  it('uses the requested browser even without a display and as root', async () => {
    const bare = hostWith({ DISPLAY: '' }, { isRoot: true });
    const browser = { name: 'chromium', path: '/usr/bin/chromium' };
    expect(await chooseWindow(bare, browser.path)).toEqual({ kind: 'app-window', browser });
  });

  it('falls back to printing the address without a display and as root, and says why', async () => {
    const folder = await temporaryFolder();
    await program(join(folder, 'chromium'));
    const found = { PATH: folder };
    expect(await chooseWindow(hostWith({ ...found, DISPLAY: '' }), undefined)).toEqual({
      kind: 'address',
      because: expect.stringContaining('no display') as string,
    });
    expect(await chooseWindow(hostWith(found, { isRoot: true }), undefined)).toEqual({
      kind: 'address',
      because: expect.stringContaining('as root') as string,
    });
    const wayland = hostWith({ ...found, DISPLAY: '', WAYLAND_DISPLAY: 'wayland-0' });
    expect(await chooseWindow(wayland, undefined)).toMatchObject({ kind: 'app-window' });
  });

  it('falls back to the default browser', async () => {
    expect(await chooseWindow(person, undefined)).toEqual({
      kind: 'tab',
      name: 'the default browser',
    });
  });

  it('allows Electron if windows can be opened and no browser was requested', () => {
    expect(mayUseElectron(person, undefined)).toBe(true);
    expect(mayUseElectron(person, 'none')).toBe(false);
    expect(mayUseElectron(hostWith({ ROOMKEY_BROWSER: '/x' }), undefined)).toBe(false);
    expect(mayUseElectron(hostWith({ DISPLAY: '' }), undefined)).toBe(false);
    expect(mayUseElectron(hostWith({}, { isRoot: true }), undefined)).toBe(false);
    const mac = hostWith({ DISPLAY: '' }, { platform: 'darwin' });
    expect(mayUseElectron(mac, undefined)).toBe(true);
  });
});

describe('a browser with app windows', () => {
  it('is found in all of PATH, Chromium first', async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    const PATH = `:${one}:${two}`;
    expect(await findAppBrowser(hostWith({ PATH }))).toBeUndefined();
    await program(join(one, 'brave'));
    const edge = await program(join(two, 'microsoft-edge'));
    expect(await findAppBrowser(hostWith({ PATH }))).toEqual({ name: 'Edge', path: edge });
    await writeFile(join(one, 'chromium'), 'not to be run', { mode: 0o644 });
    expect(await findAppBrowser(hostWith({ PATH }))).toMatchObject({ name: 'Edge' });
    await chmod(join(one, 'chromium'), 0o755);
    expect(await findAppBrowser(hostWith({ PATH }))).toMatchObject({ name: 'Chromium' });
  });

  it('is not one that cannot read hidden folders', async () => {
    const folder = await temporaryFolder();
    const confined = await program(join(folder, 'flatpak/exports/chromium'));
    await symlink(confined, join(folder, 'chromium'));
    expect(await findAppBrowser(hostWith({ PATH: folder }))).toBeUndefined();
  });

  it('is found where macOS and Windows install it', async () => {
    const home = await temporaryFolder();
    const path = await program(
      join(home, 'Applications/Brave Browser.app/Contents/MacOS/Brave Browser'),
    );
    const mac = hostWith({}, { platform: 'darwin', home });
    expect(await findAppBrowser(mac)).toEqual({ name: 'Brave', path });
    const programFiles = join(home, 'Programs');
    const edge = await program(`${programFiles}\\Microsoft\\Edge\\Application\\msedge.exe`);
    const windows = hostWith({ 'PROGRAMFILES(X86)': programFiles }, { platform: 'win32' });
    expect(await findAppBrowser(windows)).toEqual({ name: 'Edge', path: edge });
  });
});

describe('the default browser', () => {
  it('is opened by the system’s opener, never through a shell', async () => {
    const PATH = await temporaryFolder();
    expect(await defaultBrowser(hostWith({ PATH }), '/a&b.html')).toBeUndefined();
    const opener = await program(join(PATH, 'xdg-open'));
    expect(await defaultBrowser(hostWith({ PATH }), '/a&b.html')).toEqual({
      program: opener,
      args: ['/a&b.html'],
    });
    expect(await defaultBrowser({ ...person, platform: 'darwin' }, '/a.html')).toEqual({
      program: '/usr/bin/open',
      args: ['/a.html'],
    });
    const windows = hostWith({ SYSTEMROOT: 'D:\\Windows' }, { platform: 'win32' });
    expect(await defaultBrowser(windows, 'C:\\a&b.html')).toEqual({
      program: 'D:\\Windows\\System32\\rundll32.exe',
      args: ['url.dll,FileProtocolHandler', 'C:\\a&b.html'],
    });
  });
});

describe('Electron', () => {
  it('is found through its package, without importing it', async () => {
    const folder = await temporaryFolder();
    const manifest = join(folder, 'package.json');
    const find = () => findElectron(person, () => manifest);
    // Importing it would throw.
    await writeFile(join(folder, 'index.js'), 'throw new Error("loaded")');
    expect(await find()).toBeUndefined();
    await writeFile(join(folder, 'path.txt'), 'electron\n');
    expect(await find()).toBeUndefined();
    const binary = await program(join(folder, 'dist/electron'));
    expect(await find()).toBe(binary);
  });

  it('is missing without its package, and can be set by a variable', async () => {
    const missing = (): string => {
      throw new Error('Cannot find module');
    };
    expect(await findElectron(person, missing)).toBeUndefined();
    const named = hostWith({ ROOMKEY_ELECTRON: '/opt/electron' });
    expect(await findElectron(named, missing)).toBe('/opt/electron');
  });
});

it.runIf(process.platform === 'linux')(
  'a default browser that cannot be determined in time counts as not confined',
  async () => {
    const folder = await temporaryFolder();
    // It answers, but ignores SIGTERM and does not exit.
    const script = `#!/bin/sh\ntrap '' TERM\necho firefox_firefox.desktop\nexec sleep 60\n`;
    await writeFile(join(folder, 'xdg-mime'), script, { mode: 0o755 });
    const asked = hostWith({ PATH: `${folder}:${process.env['PATH']}` });
    expect(await isDefaultConfined(asked, 200)).toBe(false);
  },
);
