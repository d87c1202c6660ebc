import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../scripts/setup-electron.js');
const desktop = createRequire(join(import.meta.dirname, '../hosts/desktop/package.json'));

/** Whether there is nothing to download any more, or nothing that could. */
function isDone(): boolean {
  try {
    return existsSync(join(dirname(desktop.resolve('electron/package.json')), 'path.txt'));
  } catch {
    return true;
  }
}

test.skipIf(isDone())('a download that fails: the reason, what to do, and no stack', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const cache = await mkdtemp(join(tmpdir(), 'roomkey-electron-'));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  const { port } = server.address() as AddressInfo;

  const child = spawn(process.execPath, [SCRIPT], {
    env: {
      ...process.env,
      ELECTRON_MIRROR: `http://127.0.0.1:${port}/`,
      electron_config_cache: cache,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toMatch(/^Electron could not be downloaded \(.*404.*\): run this again where/);
  expect(said).not.toMatch(/^ +at /m);
  const [, log] = /^All that was said is in (.+)\.$/m.exec(said) ?? [];
  expect(await readFile(log!, 'utf8')).toMatch(/^ +at /m);
});
