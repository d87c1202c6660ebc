import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig, withService } from '@roomkey/core/host';
import { MemoryLogger } from '../../../../plugins/discovery-udp/test/udp-test-network.js';
import { freeUdpPort } from '../../../../test/support/free-port.js';
import { PAGE } from '../../src/main/own-page.js';
import { PORT_CHANNEL } from '../../src/main/page-port.js';
import { run } from '../../src/main/run.js';
import { nodePort, temporaryFolder } from '../server/support.js';
import { TestPage } from '../support/test-page.js';
import * as electron from './electron.js';

const launcher = vi.hoisted(() => ({ notified: 0, leave: (): void => undefined }));
vi.mock('electron', () => import('./electron.js'));
vi.mock('../../src/main/launcher.js', () => ({
  notifyWindowOpen: () => (launcher.notified += 1),
  onLauncherGone: (listener: () => void) => (launcher.leave = listener),
}));

beforeEach(() => {
  electron.forget();
  launcher.notified = 0;
});

/**
 * Runs the main process with separate folders, until the test is done.
 *
 * @param kept stored window state, as JSON
 */
async function start(kept?: string) {
  const home = await temporaryFolder();
  const environment = { ROOMKEY_HOME: home };
  const read = await readConfig({ workingDirectory: home, environment });
  const discovery = { use: '@roomkey/discovery-udp', config: { port: await freeUdpPort() } };
  const nearby = withService(read, 'discovery', { allOf: [discovery] });
  const config = withService(nearby, 'camera', '@roomkey/camera-pattern');
  const file = join(config.folders.config, 'window.json');
  await mkdir(dirname(file), { recursive: true });
  if (kept !== undefined) await writeFile(file, kept);
  await run(config, new MemoryLogger());

  /** Makes Electron quit. @returns whether quitting was delayed until the app was closed */
  const quit = async (): Promise<boolean> => {
    const again = once(electron.app, 'quit-asked');
    const event = { isHeldUp: false, preventDefault: () => (event.isHeldUp = true) };
    electron.app.emit('will-quit', event);
    if (event.isHeldUp) await again;
    return event.isHeldUp;
  };
  onTestFinished(async () => {
    await quit();
  });
  return { window: electron.windows[0]!, file, quit };
}

/** Starts the main process, and returns what it did before Electron was ready. */
async function beforeReady(isFirst: boolean): Promise<readonly string[]> {
  vi.stubEnv('ROOMKEY_HOME', await temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.resetModules();
  electron.app.isFirst = isFirst;
  await import('../../src/main/index.js');
  return electron.journal;
}

/** Makes the page send a port. @returns the page's end */
function handOver(senderFrame: object) {
  const { port1, port2 } = new MessageChannel();
  electron.ipcMain.emit(PORT_CHANNEL, { ports: [new electron.FakePortMain(port2)], senderFrame });
  return port1;
}

describe('the main process', () => {
  it('registers a secure scheme, and waits until Electron is ready', async () => {
    const privileges = '{"standard":true,"secure":true,"supportFetchAPI":true}';
    expect(await beforeReady(true)).toEqual([
      'sandbox',
      'enable-features=ChromeWideEchoCancellation',
      'autoplay-policy=no-user-gesture-required',
      `app: ${privileges}`,
      'userData',
      'lock',
      'wait',
    ]);
  });

  it('exits if another instance holds the lock, and reports an open window', async () => {
    expect((await beforeReady(false)).slice(-3)).toEqual(['userData', 'lock', 'exit']);
    expect(launcher.notified).toBe(1);
  });
});

describe('the window', () => {
  it('shows the page sandboxed, context-isolated and without Node.js', async () => {
    const { window } = await start();
    expect(electron.journal).toContain(`load ${PAGE}`);
    expect(window.options['webPreferences']).toEqual({
      preload: expect.stringMatching(/preload[\\/]index\.cjs$/) as string,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      devTools: true,
      spellcheck: false,
      backgroundThrottling: false,
    });
  });

  it('has the packed icon', async () => {
    const { window } = await start();
    expect(window.options['icon']).toBe(join(import.meta.dirname, '../../build/icon.png'));
  });

  it('has no developer tools in a packed app', async () => {
    electron.app.isPackaged = true;
    onTestFinished(() => void (electron.app.isPackaged = false));
    const { window } = await start();
    expect(window.options['webPreferences']).toMatchObject({ devTools: false });
  });

  it('stays on its page', async () => {
    const { webContents } = (await start()).window;
    let isRefused = false;
    const preventDefault = (): void => void (isRefused = true);
    webContents.emit('will-navigate', { url: 'https://roomkey.example/', preventDefault });
    expect(isRefused).toBe(true);
    expect(webContents.openHandler?.()).toEqual({ action: 'deny' });
  });

  it('restricts every web contents to the page, and blocks downloads', async () => {
    await start();
    // One that Roomkey did not create.
    const { webContents } = new electron.BrowserWindow({});
    let refused = 0;
    const preventDefault = (): void => void (refused += 1);
    webContents.emit('will-navigate', { url: 'https://roomkey.example/', preventDefault });
    expect(webContents.openHandler?.()).toEqual({ action: 'deny' });
    electron.handlers['will-download']?.({ preventDefault });
    expect(refused).toBe(2);
  });

  it('is shown once the page is ready, and the launcher is notified', async () => {
    const { window } = await start();
    expect(electron.journal).not.toContain('show');
    window.emit('ready-to-show');
    expect(electron.journal).toContain('show');
    expect(launcher.notified).toBe(1);
  });

  it('restores its position, and stores it', async () => {
    const bounds = { x: 40, y: 50, width: 1000, height: 600 };
    const { window, file } = await start(JSON.stringify({ bounds, isMaximized: false }));
    expect(window.options).toMatchObject({ ...bounds, show: false });
    expect(electron.journal).not.toContain('maximize');
    window.emit('close');
    const kept = { bounds: window.getNormalBounds(), isMaximized: true };
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(kept);
  });

  it('reloads after a crash, and tells the user', async () => {
    const { window } = await start();
    window.webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(electron.journal).not.toContain('reload');
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(electron.journal.slice(-2)).toEqual(['reload', 'The window stopped working']);
  });

  it('is shown by a second start, and opened again if it was closed', async () => {
    const { window } = await start();
    electron.app.emit('second-instance');
    expect(electron.journal.slice(-2)).toEqual(['restore', 'focus']);
    expect(electron.windows).toHaveLength(1);
    window.emit('closed');
    electron.app.emit('activate');
    expect(electron.windows).toHaveLength(2);
  });
});

describe('the page', () => {
  it('is served under the custom scheme, with the policies', async () => {
    await start();
    const { status, headers } = (await electron.handlers['app']?.(new Request(PAGE))) as Response;
    expect(status).toBe(200);
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  });

  it('is connected to the app through its port', async () => {
    await start();
    const page = new TestPage(nodePort(handOver({ url: PAGE, parent: null })));
    await page.state('active');
    page.port.close();
  });

  it('of another origin gets its port closed', async () => {
    await start();
    await once(handOver({ url: 'https://roomkey.example/', parent: null }), 'close');
  });

  it('may use the camera, the microphone and a screen that the user chooses', async () => {
    await start();
    const asks = (permission: string, mediaTypes: readonly string[]): Promise<unknown> =>
      new Promise((resolve) => {
        const details = { requestingUrl: PAGE, isMainFrame: true, mediaTypes };
        electron.handlers['request']?.({}, permission, resolve, details);
      });
    expect(await asks('media', ['video'])).toBe(true);
    expect(await asks('media', ['audio'])).toBe(true);
    expect(await asks('media', [])).toBe(false);
    expect(electron.journal).not.toContain('Share the whole screen?');
    expect(await asks('display-capture', ['video'])).toBe(true);
    expect(electron.journal).toContain('Share the whole screen?');
    const given = await new Promise((resolve) => {
      const request = { securityOrigin: 'app://roomkey/', videoRequested: true };
      electron.handlers['display']?.(request, resolve);
    });
    expect(given).toEqual({ video: { id: 'screen:1:0', name: 'Entire screen' } });
    const check = { isMainFrame: true, mediaType: 'unknown' };
    expect(electron.handlers['check']?.({}, 'media', 'app://roomkey/', check)).toBe(false);
  });
});

describe('quitting', () => {
  it('waits until the app is closed, once', async () => {
    const { quit } = await start();
    const page = new TestPage(nodePort(handOver({ url: PAGE, parent: null })));
    await page.state('active');
    expect(await quit()).toBe(true);
    await page.until(() => page.isClosed);
    expect(await quit()).toBe(false);
  });

  it('happens when the launcher is gone', async () => {
    await start();
    launcher.leave();
    expect(electron.journal.at(-1)).toBe('quit');
  });

  it.runIf(process.platform === 'linux')('happens when the last window is closed', async () => {
    await start();
    electron.app.emit('window-all-closed');
    expect(electron.journal.at(-1)).toBe('quit');
  });
});
