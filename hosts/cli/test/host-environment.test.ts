import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { FrameOutput } from '../src/join/frame-output.js';
import { workplace } from './support.js';

vi.setConfig({ testTimeout: 60_000 });

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe('variables that are empty, or name a relative folder', () => {
  const nothing = { HOME: '', XDG_CONFIG_HOME: '', XDG_DATA_HOME: '', ROOMKEY_HOME: '' };

  test.skipIf(process.platform !== 'linux').each([
    ['nothing', nothing],
    ['relative', { ...nothing, HOME: 'home', XDG_CONFIG_HOME: 'c', XDG_DATA_HOME: './d' }],
  ])(
    '%s: the folders are in the user’s home, never in the working directory',
    async (_, environment) => {
      const { folder, run } = await workplace();
      const { stdout } = await run(['config', 'show', '--json'], { environment });
      const { homedir } = userInfo();
      expect(JSON.parse(stdout)).toMatchObject({
        folders: {
          config: join(homedir, '.config/roomkey'),
          data: join(homedir, '.local/share/roomkey'),
        },
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('a relative ROOMKEY_HOME is an error, and nothing is written', async () => {
    const { folder, run } = await workplace();
    const options = { environment: { ROOMKEY_HOME: 'here', ROOMKEY_PASSWORD: 'correct horse' } };
    const { code, stderr } = await run(['account', 'create', 'ada'], options);
    expect(code).toBe(3);
    expect(stderr).toContain('Set it to an absolute path.');
    expect(await readdir(folder)).toEqual([]);
  });

  test('an empty MONGO_URI does not override the one of a .env', async () => {
    const { folder, run } = await workplace();
    const uri = { uri: { env: 'MONGO_URI' } };
    const storage = { use: '@roomkey/storage-mongo', config: uri };
    const config = { version: 1, services: { storage } };
    await writeFile(join(folder, 'roomkey.config.json'), JSON.stringify(config));
    await writeFile(join(folder, '.env'), 'MONGO_URI=mongodb://127.0.0.1/x\n');
    const { stdout } = await run(['config', 'show', '--json'], { environment: { MONGO_URI: '' } });
    expect(JSON.parse(stdout)).toMatchObject({
      services: { storage: { plugins: [{ config: { uri: { set: true } } }] } },
    });
  });
});

describe.skipIf(process.platform === 'win32')('only their owner can read', () => {
  test('the configuration and its schema', async () => {
    const { folder, run } = await workplace();
    expect((await run(['config', 'init'])).code).toBe(0);
    for (const name of ['roomkey.config.json', 'roomkey.schema.json']) {
      expect(await modeOf(join(folder, name))).toBe(0o600);
    }
  });

  test('the file of --out, unless it exists and keeps its mode', async () => {
    const { folder } = await workplace();
    const fresh = join(folder, 'fresh.mjpeg');
    const given = join(folder, 'given.mjpeg');
    await writeFile(given, 'old');
    await chmod(given, 0o640);
    for (const path of [fresh, given]) {
      const { signal } = new AbortController();
      const output = await FrameOutput.open(
        { path, maxBytes: 1e9, onFull: () => undefined },
        signal,
      );
      await output.close(signal);
    }
    expect(await modeOf(fresh)).toBe(0o600);
    expect(await modeOf(given)).toBe(0o640);
    expect(await readFile(given, 'utf8')).toBe('');
  });
});
