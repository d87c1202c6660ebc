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

const launcher = vi.hoisted(() => ({ told: 0, leave: (): void => undefined }));
vi.mock('electron', () => import('./electron.js'));
vi.mock('../../src/main/launcher.js', () => ({
  notifyWindowOpen: () => (launcher.told += 1),
  onLauncherGone: (listener: () => void) => (launcher.leave = listener),
}));

beforeEach(() => {
  electron.forget();
  launcher.told = 0;
});

/**
 * Runs the main process for a person with folders of their own, until the test is done.
 *
 * @param kept how the window was the last time, as JSON
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

  /** Has Electron quit, as it does by itself: whether it was held up until the app was closed. */
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

/** Has Electron start our main process, and says what it did before Electron was ready. */
async function beforeReady(isFirst: boolean): Promise<readonly string[]> {
  vi.stubEnv('ROOMKEY_HOME', await temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.resetModules();
  electron.app.isFirst = isFirst;
  await import('../../src/main/index.js');
  return electron.journal;
}

/** Has the page hand over a port; its own end. */
function handOver(senderFrame: object) {
  const { port1, port2 } = new MessageChannel();
  electron.ipcMain.emit(PORT_CHANNEL, { ports: [new electron.FakePortMain(port2)], senderFrame });
  return port1;
}

describe('the process', () => {
  it('has our scheme made a secure origin, and waits until Electron is ready', async () => {
    const privileges = '{"standard":true,"secure":true,"supportFetchAPI":true}';
    expect(await beforeReady(true)).toEqual([
      'sandbox',
      `app: ${privileges}`,
      'userData',
      'lock',
      'wait',
    ]);
  });

  it('ends where another has the lock, and says that there is a window', async () => {
    expect((await beforeReady(false)).slice(2)).toEqual(['userData', 'lock', 'exit']);
    expect(launcher.told).toBe(1);
  });
});

describe('the window', () => {
  it('shows our page, in a sandbox, without Node and without our world', async () => {
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

  it('has the icon that is packed with the app', async () => {
    const { window } = await start();
    expect(window.options['icon']).toBe(join(import.meta.dirname, '../../build/icon.png'));
  });

  it('has no developer tools where the app is packed', async () => {
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

  it('keeps whatever else Electron shows on the page as well, and downloads nothing', async () => {
    await start();
    // One that nothing of ours has made.
    const { webContents } = new electron.BrowserWindow({});
    let refused = 0;
    const preventDefault = (): void => void (refused += 1);
    webContents.emit('will-navigate', { url: 'https://roomkey.example/', preventDefault });
    expect(webContents.openHandler?.()).toEqual({ action: 'deny' });
    electron.handlers['will-download']?.({ preventDefault });
    expect(refused).toBe(2);
  });

  it('is seen when there is something to see, and whoever started us hears of it', async () => {
    const { window } = await start();
    expect(electron.journal).not.toContain('show');
    window.emit('ready-to-show');
    expect(electron.journal).toContain('show');
    expect(launcher.told).toBe(1);
  });

  it('opens where it was, and keeps where it is', async () => {
    const bounds = { x: 40, y: 50, width: 1000, height: 600 };
    const { window, file } = await start(JSON.stringify({ bounds, isMaximized: false }));
    expect(window.options).toMatchObject({ ...bounds, show: false });
    expect(electron.journal).not.toContain('maximize');
    window.emit('close');
    const kept = { bounds: window.getNormalBounds(), isMaximized: true };
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(kept);
  });

  it('is loaded again after a crash, and the person is told', async () => {
    const { window } = await start();
    window.webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(electron.journal).not.toContain('reload');
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(electron.journal.slice(-2)).toEqual(['reload', 'The window stopped working']);
  });

  it('is the one that a second start shows; one that was closed is opened again', async () => {
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
  it('is served under our scheme, with the policies', async () => {
    await start();
    const { status, headers } = (await electron.handlers['app']?.(new Request(PAGE))) as Response;
    expect(status).toBe(200);
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  });

  it('has the app by the port that it hands over', async () => {
    await start();
    const page = new TestPage(nodePort(handOver({ url: PAGE, parent: null })));
    await page.state('active');
    page.port.close();
  });

  it('of another origin has its port closed', async () => {
    await start();
    await once(handOver({ url: 'https://roomkey.example/', parent: null }), 'close');
  });

  it('may have the camera and a screen that the person chooses', async () => {
    await start();
    const asks = (permission: string, mediaTypes: readonly string[]): Promise<unknown> =>
      new Promise((resolve) => {
        const details = { requestingUrl: PAGE, isMainFrame: true, mediaTypes };
        electron.handlers['request']?.({}, permission, resolve, details);
      });
    expect(await asks('media', ['video'])).toBe(true);
    expect(await asks('media', ['audio'])).toBe(false);
    expect(electron.journal).not.toContain('Share the whole screen?');
    expect(await asks('display-capture', ['video'])).toBe(true);
    expect(electron.journal).toContain('Share the whole screen?');
    const given = await new Promise((resolve) => {
      const request = { securityOrigin: 'app://roomkey/', videoRequested: true };
      electron.handlers['display']?.(request, resolve);
    });
    expect(given).toEqual({ video: { id: 'screen:1:0', name: 'Entire screen' } });
    const check = { isMainFrame: true, mediaType: 'audio' };
    expect(electron.handlers['check']?.({}, 'media', 'app://roomkey/', check)).toBe(false);
  });
});

describe('the end', () => {
  it('waits until the app is closed, once', async () => {
    const { quit } = await start();
    const page = new TestPage(nodePort(handOver({ url: PAGE, parent: null })));
    await page.state('active');
    expect(await quit()).toBe(true);
    await page.until(() => page.isClosed);
    expect(await quit()).toBe(false);
  });

  it('comes when whoever started us is gone', async () => {
    await start();
    launcher.leave();
    expect(electron.journal.at(-1)).toBe('quit');
  });

  it.runIf(process.platform === 'linux')('comes with that of the last window', async () => {
    await start();
    electron.app.emit('window-all-closed');
    expect(electron.journal.at(-1)).toBe('quit');
  });
});
