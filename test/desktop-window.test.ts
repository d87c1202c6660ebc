import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { chromiumProgram } from './support/chromium-program.js';
import { quiet } from './support/chromium.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/**
 * A program with a name of Chromium that runs Chromium without a screen, and also as root. Roomkey's
 * own arguments come last.
 */
async function headlessChromium(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-browser-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'chromium');
  const args = ['--headless=new', ...quiet, '--remote-debugging-port=0'].join(' ');
  const script = `#!/bin/sh\nexec '${chromiumProgram()!}' ${args} "$@"\n`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

/** Waits for this file of Chromium's profile. @returns its contents */
async function written(file: string): Promise<string> {
  const text = () => (existsSync(file) ? readFile(file, 'utf8') : '');
  await expect.poll(text, { timeout: STEP_MS }).not.toBe('');
  return await text();
}

describeWith('chromium', 'the app’s own window', () => {
  it.skipIf(process.platform === 'win32')(
    'is opened in a browser, shows the app, and ends it when it ends',
    async () => {
      const [person] = await openHomes(1, { ROOMKEY_BROWSER: await headlessChromium() });
      const config = join(person!.home, 'config');
      const app = person!.start('desktop', '--json');
      expect(await app.line(({ window }) => window !== undefined)).toMatchObject({
        window: 'app-window',
      });
      const profile = async () =>
        (await readdir(config)).find((name) => /^browser-\d+$/.test(name));
      await expect.poll(profile, { timeout: STEP_MS }).toBeDefined();
      const devtools = join(config, (await profile())!, 'DevToolsActivePort');
      const [port] = (await written(devtools)).split('\n');
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port!}`);
      const [page] = browser.contexts()[0]!.pages();
      const window = new AppWindow(page!);
      await window.welcome.waitFor();
      expect(page!.url()).toMatch(/^http:\/\/[0-9a-f]{32}\.localhost:\d+\/$/);
      await expect
        .poll(() => readdir(config), { timeout: STEP_MS })
        .not.toContainEqual(expect.stringMatching(/^roomkey-launch-/));

      // Without a screen Chromium does not end with its last window.
      await (await browser.newBrowserCDPSession()).send('Browser.close');
      expect(await app.finished).toMatchObject({ code: 0 });
    },
  );
});
