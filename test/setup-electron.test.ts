import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** The folder of Electron's package, if its binary is not downloaded. */
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

/**
 * A checkout with the files that the scripts need; in the real one they would leave a log.
 *
 * @param node the range of `engines` of Electron's package and of the packer
 */
async function checkout(node: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-electron-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  const engines = JSON.stringify({ engines: { node }, version: '0.0.0' });
  await mkdir(join(folder, 'hosts/desktop/packing'), { recursive: true });
  await writeFile(join(folder, 'hosts/desktop/packing/package.json'), engines);
  const copy = join(folder, 'node_modules/electron');
  await mkdir(copy, { recursive: true });
  await writeFile(join(copy, 'package.json'), engines);
  if (electron === undefined) return folder;
  for (const file of ['install.js', 'checksums.json']) {
    await cp(join(electron, file), join(copy, file));
  }
  for (const scope of ['@electron', '@electron-internal']) {
    const source = join(electron, '..', scope);
    await symlink(source, join(folder, 'node_modules', scope), 'junction');
  }
  return folder;
}

test.each([
  ['setup-electron.js', 'Electron’s installer'],
  ['pack-desktop.js', 'The packer'],
])('%s says which Node it needs, and does nothing else', async (script, what) => {
  const folder = await checkout('>= 99.1.0');
  const child = spawn(process.execPath, [join(folder, 'scripts', script)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toContain(
    `${what} needs Node.js 99.1.0 or newer, and this is ${process.versions.node}.`,
  );
  expect(existsSync(join(folder, '.cache'))).toBe(false);
  expect(existsSync(join(folder, 'hosts/desktop/packing/node_modules'))).toBe(false);
});

test.skipIf(!electron)('a download that fails: the reason, what to do, and no stack', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const folder = await checkout('>=20.19');

  // Without the user's own settings for Electron's download.
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
  const [, log] = /^The full output is in (.+)\.$/m.exec(said) ?? [];
  expect(await readFile(log!, 'utf8')).toMatch(/^ +at /m);
});
