import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { chromiumProgram } from './chromium-program.js';

/**
 * What camera the browser has: a clip (a `.y4m` file, shown over and over), a moving picture of the
 * browser's own, one that the person does not allow, or none at all. `tab`: the title of the tab that
 * the person chooses when a page asks for the screen; without it the browser draws a screen.
 */
export type FakeCamera =
  { readonly clip: string; readonly tab?: string } | 'moving' | 'refused' | 'none';

/** How Chromium is started: nothing of it reaches out of this machine. */
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
 * Starts a browser with a profile of its own; whoever starts it closes it.
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
    timeout: 60_000,
  });
}

/** Starts a browser that is closed with the test; see `launchChromium`. */
export async function openChromium(...how: Parameters<typeof launchChromium>): Promise<Browser> {
  const browser = await launchChromium(...how);
  onTestFinished(() => browser.close());
  return browser;
}

/**
 * One browser for all tests of the suite in whose body it is called, since it takes long to start;
 * see `launchChromium`.
 *
 * @returns gives the browser, in tests and hooks
 */
export function useChromium(...how: Parameters<typeof launchChromium>): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium(...how);
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('The browser is there in tests and hooks only.');
    return browser;
  };
}

/**
 * Arguments for a browser to which these hosts' names are this machine's, as a name server may say;
 * such a browser does not keep sites from local networks by itself, as older ones do not.
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
 * Takes the camera away as a pulled cable does: the program in which Chromium reads cameras is ended,
 * and every track that came from it ends. The next one that asks has the camera again.
 */
export async function unplugCameras(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const capture = processInfo.find(({ type }) => type.startsWith('video_capture.'));
  if (capture === undefined) throw new Error('No camera is in use in this browser.');
  process.kill(capture.id, 'SIGKILL');
}
