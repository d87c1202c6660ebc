import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, JSHandle, Page } from 'playwright-core';
import { build, type Plugin } from 'vite';
import { forkOn, type Machine } from './machines.js';
import type { BenchPage } from './page/bench-page.js';

/** One side of a call: an app in its own process, and its page. */
export interface Side {
  readonly name: string;
  readonly app: ChildProcess;
  readonly window: Page;
  /** The functions of the page in it. */
  readonly page: JSHandle<BenchPage>;
}

/** Where a side runs. */
export interface SideOptions {
  readonly browser: Browser;
  /** The parent of the two sides' folders. */
  readonly folder: string;
  /** The output folder of `buildPage`. */
  readonly page: string;
  /** The port on which their apps find each other. */
  readonly udpPort: number;
  /** Absent: this one. */
  readonly machine?: Machine | undefined;
  /** Whether the app can be inspected, see `appTarget`. */
  readonly isInspected?: boolean | undefined;
}

/** The microphone is started by the bench, and gives what it hears. */
const SETTINGS = { microphone: false, processing: false };

const appProgram = fileURLToPath(new URL('app-process.js', import.meta.url));
/** Imported by an app that can be inspected. */
export const inspector = new URL('unit-path-app.js', import.meta.url).href;
const pageFolder = fileURLToPath(new URL('../page', import.meta.url));

/** @param name the name of the side */
export async function openSide(
  name: string,
  { browser, folder, page, udpPort, machine, isInspected }: SideOptions,
): Promise<Side> {
  const home = join(folder, name);
  const config = join(home, 'config');
  await mkdir(config, { recursive: true, mode: 0o700 });
  await writeFile(join(config, 'desktop.json'), JSON.stringify(SETTINGS), { mode: 0o600 });
  const execArgv = isInspected === true ? ['--import', inspector] : [];
  const app = forkOn(machine, appProgram, [home, String(udpPort), page], execArgv);
  try {
    const ended = once(app, 'exit').then(() => {
      throw new Error(`The app of ${name} ended before it was ready. Its output is above.`);
    });
    const [address] = (await Promise.race([once(app, 'message'), ended])) as [string];
    const opened = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    opened.on('pageerror', (error) => console.error(`In the page of ${name}: ${error.message}`));
    await opened.goto(address);
    await opened.waitForFunction(() => 'bench' in globalThis);
    const bench = await opened.evaluateHandle(
      () => (globalThis as unknown as { readonly bench: BenchPage }).bench,
    );
    return { name, app, window: opened, page: bench };
  } catch (error) {
    await closeSide({ app });
    throw error;
  }
}

/** Ends the app if it still runs; the page closes with the browser. */
export async function closeSide({ app }: Pick<Side, 'app'>): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const exited = once(app, 'exit');
  if (app.connected) app.disconnect();
  await exited;
}

/** Builds bench/page like the UI, with the probe in the player's worker. */
export async function buildPage(outDir: string): Promise<void> {
  const probe: Plugin = {
    name: 'probe',
    transform: (code, id) =>
      id.split('?')[0]?.endsWith('ui/video/worker.ts')
        ? `import ${JSON.stringify(join(pageFolder, 'probe.ts'))};\n${code}`
        : undefined,
  };
  await build({
    configFile: false,
    root: pageFolder,
    base: './',
    logLevel: 'error',
    build: { outDir, target: 'chrome120', modulePreload: false, assetsInlineLimit: 0 },
    worker: { format: 'es', plugins: () => [probe] },
  });
}
