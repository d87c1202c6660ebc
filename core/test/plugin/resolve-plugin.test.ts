import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolvePlugin } from '../../src/plugin/resolve-plugin.js';
import { put, temporaryFolder } from '../config/support.js';

async function setup() {
  const folder = await temporaryFolder();
  const config = join(folder, 'project', 'etc');
  const host = join(folder, 'host');
  return {
    folder,
    config,
    host,
    resolve: (use: string, hasFile = true) =>
      resolvePlugin(use, { base: config, hasFile, host: join(host, 'deep', 'dist') }),
    async package(above: string, name: string, manifest: object, file: string) {
      const root = join(above, 'node_modules', name);
      await put(join(root, 'package.json'), { name, version: '1.2.3', ...manifest });
      return put(join(root, file), 'export default 1;');
    },
  };
}

describe('a package', () => {
  test.each([
    ['a name alone', 'main.mjs'],
    ['the import condition alone', { '.': { import: './main.mjs' } }],
    ['conditions without a path', { types: './main.d.ts', import: './main.mjs' }],
    ['nested conditions', { '.': { browser: './no.mjs', node: { import: './main.mjs' } } }],
    [
      'import before default',
      { '.': { require: './no.cjs', import: './main.mjs', default: './no' } },
    ],
    ['alternatives', { '.': [{ browser: './no.mjs' }, './main.mjs'] }],
  ])('%s', async (_what, exports) => {
    const { resolve, ...here } = await setup();
    const manifest = typeof exports === 'string' ? { main: exports } : { exports };
    const file = await here.package(here.config, '@acme/plugin', manifest, 'main.mjs');
    expect(resolve('@acme/plugin')).toMatchObject({ file, version: '1.2.3', isOwn: false });
  });

  const notFound = expect.objectContaining({ code: 'RK_PLUGIN_NOT_FOUND' }) as Error;
  const a = { exports: './a.js' };

  test('is found beside the configuration, but neither above it nor in the host’s folder', async () => {
    const { resolve, ...here } = await setup();
    await here.package(here.host, '@roomkey/core', a, 'a.js');
    await here.package(here.host, 'plugin', a, 'a.js');
    await here.package(here.folder, 'plugin', a, 'a.js');
    expect(() => resolve('plugin')).toThrow(notFound);
    const near = await here.package(here.config, 'plugin', a, 'a.js');
    expect(resolve('plugin')).toMatchObject({ file: near, isOwn: false });
  });

  test('is not found in the working directory without a configuration file', async () => {
    const { resolve, ...here } = await setup();
    await here.package(here.config, '@roomkey/cipher', a, 'a.js');
    await here.package(here.config, 'plugin', a, 'a.js');
    expect(() => resolve('@roomkey/cipher', false)).toThrow(notFound);
    expect(() => resolve('plugin', false)).toThrow(notFound);
  });

  test('of ours comes from the host’s installation first, up to the folder with core', async () => {
    const { resolve, ...here } = await setup();
    await here.package(here.folder, '@roomkey/cipher', a, 'a.js');
    await here.package(here.host, '@roomkey/core', a, 'a.js');
    expect(() => resolve('@roomkey/cipher', false)).toThrow(notFound);
    const near = await here.package(here.config, '@roomkey/cipher', a, 'a.js');
    expect(resolve('@roomkey/cipher')).toMatchObject({ file: near, isOwn: false });
    const own = await here.package(here.host, '@roomkey/cipher', a, 'a.js');
    expect(resolve('@roomkey/cipher')).toMatchObject({ file: own, isOwn: true });
  });

  test('that is not installed is an error that says how to install it', async () => {
    const { resolve, config } = await setup();
    expect(() => resolve('@acme/none')).toThrow(
      expect.objectContaining({
        code: 'RK_PLUGIN_NOT_FOUND',
        plugin: '@acme/none',
        message: `The plugin @acme/none was not found in ${join(config, 'node_modules')}. Install it in ${config} with: npm install @acme/none.`,
      }),
    );
  });
});

describe('a path', () => {
  test('is relative to the configuration’s folder, never to the host’s', async () => {
    const { resolve, ...here } = await setup();
    await put(join(here.host, 'mine.mjs'), '');
    expect(() => resolve('./mine.mjs')).toThrow(
      expect.objectContaining({ code: 'RK_PLUGIN_NOT_FOUND' }),
    );
    const file = await put(join(here.config, 'mine.mjs'), '');
    expect(resolve('./mine.mjs').file).toBe(file);
    const beside = await put(join(here.config, '..', 'other', 'mine.mjs'), '');
    expect(resolve('../other/mine.mjs').file).toBe(beside);
  });

  test('may name a package’s folder', async () => {
    const { resolve, ...here } = await setup();
    const root = join(here.config, 'mine');
    await put(join(root, 'package.json'), { version: '4.5.6', exports: { import: './src/a.js' } });
    const file = await put(join(root, 'src', 'a.js'), '');
    expect(resolve('./mine')).toEqual({ file, folder: root, isOwn: false, version: '4.5.6' });
  });
});
