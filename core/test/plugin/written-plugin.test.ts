import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Cipher, createRoomkey, readConfig } from '../../src/host/index.js';
import { put, temporaryFolder } from '../config/support.js';
import { setupPlugins } from './support.js';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * The files in docs/writing-a-plugin.md: a line that begins with a file name, then a code block.
 */
async function documentedFiles(): Promise<Map<string, string>> {
  const text = await readFile(join(ROOT, 'docs/writing-a-plugin.md'), 'utf8');
  const blocks = text.matchAll(/^`([\w.-]+)`: .*\n\n```\w+\n([\s\S]*?)^```$/gm);
  return new Map(Array.from(blocks, ([, name, content]) => [name!, content!]));
}

test('the plugin in docs/writing-a-plugin.md works and passes its kit unchanged', async () => {
  const folder = await temporaryFolder();
  const files = await documentedFiles();
  expect([...files.keys()]).toEqual([
    'package.json',
    'chacha.js',
    'index.js',
    'chacha.test.js',
    'roomkey.config.json',
  ]);
  for (const [name, content] of files) await put(join(folder, name), content);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');

  const { stdout } = await promisify(execFile)(process.execPath, ['--test'], {
    cwd: folder,
    // Node's runner reports differently inside another test.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/^# fail 0$|ℹ fail 0/m);

  const { logger } = await setupPlugins();
  const config = await readConfig({
    workingDirectory: folder,
    environment: { ROOMKEY_HOME: join(folder, 'home') },
  });
  const roomkey = await createRoomkey({ config, hostFolder: folder, services: ['cipher'], logger });
  expect(roomkey.service(Cipher)).toMatchObject({ name: 'ChaCha20-Poly1305', suite: 17_217 });
  expect(roomkey.plugins).toEqual([
    {
      service: 'cipher',
      name: 'roomkey-cipher-chacha',
      version: '1.0.0',
      file: join(folder, 'index.js'),
      skipped: [],
    },
  ]);
  await roomkey.close();
});
