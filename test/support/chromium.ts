import { chromium, type Browser } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { chromiumProgram } from './chromium-program.js';

/**
 * What camera the browser has: a clip (a `.y4m` file, shown over and over), one that the person does
 * not allow, or none at all.
 */
export type FakeCamera = { readonly clip: string } | 'refused' | 'none';

/** How Chromium is started: nothing of it reaches out of this machine, and no camera is a real one. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a browser with a profile of its own; it is closed with the test.
 *
 * @param hostileNames hosts' names that are this machine's for this browser, as a name server may
 * say; such a browser does not keep sites from local networks by itself, as older ones do not
 */
export async function openChromium(
  camera: FakeCamera,
  hostileNames: readonly string[] = [],
): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('No Chromium is on the path.');
  const guards = 'LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets';
  const hostile = [
    `--host-resolver-rules=${hostileNames.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`,
    `--disable-features=${guards}`,
  ];
  const browser = await chromium.launch({
    executablePath,
    args: [...quiet, ...cameraArguments(camera), ...(hostileNames.length > 0 ? hostile : [])],
    timeout: 60_000,
  });
  onTestFinished(() => browser.close());
  return browser;
}

function cameraArguments(camera: FakeCamera): string[] {
  if (camera === 'none') {
    return ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0'];
  }
  if (camera === 'refused') {
    return ['--use-fake-ui-for-media-stream=deny', '--use-fake-device-for-media-stream'];
  }
  return [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream=fps=30',
    `--use-file-for-fake-video-capture=${camera.clip}`,
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
