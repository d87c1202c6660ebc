import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { useChromium } from './support/chromium.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/** Runs `npm start` in this project; resolves when it has printed the app's address. */
async function npmStart() {
  const [person] = await openHomes(1);
  const npm = spawn('npm', ['start', '--', '--browser', 'none', '--json'], {
    cwd: join(import.meta.dirname, '..'),
    // With the test's own value the page would be built for tests.
    env: { ...process.env, NODE_ENV: undefined, ROOMKEY_HOME: person!.home },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => void signalGroup(npm, 'SIGKILL'));
  const closed = once(npm, 'close');
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    npm.stdout.on('data', (text: Buffer) => {
      printed += text.toString();
      const [, found] = /"address":"([^"]+)"/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    });
    npm.stderr.on('data', (text: Buffer) => (printed += text.toString()));
    npm.on('close', () => reject(new Error(`npm start ended:\n${printed}`)));
  });
  return { npm, closed, address };
}

/** @returns whether a process of the group still runs */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-child.pid!, signal);
  } catch {
    return false;
  }
}

describeWith('chromium', 'npm start', () => {
  const browser = useChromium('none');

  it.skipIf(process.platform === 'win32').for([
    ['SIGTERM, which npm gets', (npm: ChildProcess) => npm.kill('SIGTERM')],
    ['Ctrl-C', (npm: ChildProcess) => signalGroup(npm, 'SIGINT')],
  ] as const)('opens the app, and ends it by %s', async ([, end]) => {
    const { npm, closed, address } = await npmStart();
    const window = await AppWindow.open(browser(), address);
    await window.welcome.waitFor();
    await window.page.close();
    end(npm);
    // All processes that shared its output have ended, but a zombie remains until its parent reads its status.
    await closed;
    await expect.poll(() => signalGroup(npm, 0), { timeout: STEP_MS }).toBe(false);
    await expect(fetch(new URL('/', address))).rejects.toThrow('fetch failed');
  });
});
