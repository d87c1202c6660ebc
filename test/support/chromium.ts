import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { chromiumProgram } from './chromium-program.js';

/**
 * The browser's camera: a clip (a `.y4m` file, which repeats), the browser's own moving picture, one
 * that the user does not allow, or none. `tab`: the title of the tab that the user chooses when a page
 * asks for the screen; without it the browser draws a screen.
 */
export type FakeCamera =
  { readonly clip: string; readonly tab?: string } | 'moving' | 'refused' | 'none';

/** Arguments for a Chromium that does not connect to the internet. */
export const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a browser with its own profile; the caller closes it.
 *
 * @param args further arguments of the command
 */
export async function launchChromium(
  camera: FakeCamera,
  args: readonly string[] = [],
): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('No Chromium is on the path.');
  return await chromium.launch({
    executablePath,
    args: [...quiet, ...cameraArguments(camera), ...args],
    // A muted tab is shared with silence.
    ignoreDefaultArgs:
      typeof camera === 'object' && camera.tab !== undefined ? ['--mute-audio'] : [],
    timeout: 60_000,
  });
}

/** Starts a browser that closes with the test; see `launchChromium`. */
export async function openChromium(...how: Parameters<typeof launchChromium>): Promise<Browser> {
  const browser = await launchChromium(...how);
  onTestFinished(() => browser.close());
  return browser;
}

/**
 * One browser for all tests of a suite, because a browser takes long to start; see `launchChromium`.
 * Call it in the body of the suite.
 *
 * @returns a function that returns the browser, for tests and hooks
 */
export function useChromium(...how: Parameters<typeof launchChromium>): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium(...how);
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('The browser is available in tests and hooks only.');
    return browser;
  };
}

/**
 * Arguments for a browser that resolves these host names to this computer, as a name server can do.
 * The browser does not block access to local networks, like older ones.
 */
export function rebinding(...names: readonly string[]): readonly string[] {
  return [
    `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`,
    '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
  ];
}

function cameraArguments(camera: FakeCamera): string[] {
  if (camera === 'none') {
    return ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0'];
  }
  if (camera === 'refused') {
    return ['--use-fake-ui-for-media-stream=deny', '--use-fake-device-for-media-stream'];
  }
  const device = '--use-fake-device-for-media-stream=fps=30';
  if (camera === 'moving') return ['--use-fake-ui-for-media-stream', device];
  const { clip, tab } = camera;
  return [
    device,
    `--use-file-for-fake-video-capture=${clip}`,
    ...(tab === undefined
      ? ['--use-fake-ui-for-media-stream']
      : [
          '--auto-accept-camera-and-microphone-capture',
          `--auto-select-tab-capture-source-by-title=${tab}`,
        ]),
  ];
}

/**
 * Disconnects the camera: ends the process in which Chromium reads cameras, which ends every track from
 * it. The next request gets the camera again.
 */
export async function unplugCameras(browser: Browser): Promise<void> {
  await endService(browser, 'video_capture.');
}

/** Disconnects microphones and loudspeakers, as `unplugCameras` does for cameras. */
export async function unplugSound(browser: Browser): Promise<void> {
  await endService(browser, 'audio.');
}

async function endService(browser: Browser, name: string): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const service = processInfo.find(({ type }) => type.startsWith(name));
  if (service === undefined) throw new Error('No such device is in use in this browser.');
  process.kill(service.id, 'SIGKILL');
}
