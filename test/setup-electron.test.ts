import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Electron's package, where there is something to download for it. */
function unfinished(): string | undefined {
  try {
    const manifest = join(root, 'hosts/desktop/package.json');
    const folder = dirname(createRequire(manifest).resolve('electron/package.json'));
    return existsSync(join(folder, 'path.txt')) ? undefined : folder;
  } catch {
    return undefined;
  }
}

const electron = unfinished();

/** A checkout with as much as the script needs: in ours it would leave a log. */
async function checkout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-electron-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(electron!, join(folder, 'node_modules/electron'), 'junction');
  return folder;
}

test.skipIf(!electron)('a download that fails: the reason, what to do, and no stack', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const folder = await checkout();

  // What a person has set for Electron's download, or npm for them, is not for this one.
  const others = Object.entries(process.env).filter(([name]) => !/electron|proxy/i.test(name));
  const child = spawn(process.execPath, [join(folder, 'scripts/setup-electron.js')], {
    env: {
      ...Object.fromEntries(others),
      ELECTRON_MIRROR: `http://127.0.0.1:${port}/`,
      electron_config_cache: join(folder, 'cache'),
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
