import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolvePlugin } from '../../src/plugin/resolve-plugin.js';
import { put, temporaryFolder } from '../config/support.js';

async function world() {
  const folder = await temporaryFolder();
  const config = join(folder, 'project', 'etc');
  const host = join(folder, 'host');
  return {
    folder,
    config,
    host,
    resolve: (use: string) => resolvePlugin(use, [config, host]),
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
    const { resolve, ...here } = await world();
    const manifest = typeof exports === 'string' ? { main: exports } : { exports };
    const file = await here.package(here.config, '@acme/plugin', manifest, 'main.mjs');
    expect(resolve('@acme/plugin')).toEqual({ file, version: '1.2.3' });
  });

  test('is found above the configuration’s folder, then from the host', async () => {
    const { resolve, ...here } = await world();
    const atHost = await here.package(here.host, 'plugin', { exports: './a.js' }, 'a.js');
    expect(resolve('plugin').file).toBe(atHost);
    const above = await here.package(here.folder, 'plugin', { exports: './a.js' }, 'a.js');
    expect(resolve('plugin').file).toBe(above);
    const near = await here.package(here.config, 'plugin', { exports: './a.js' }, 'a.js');
    expect(resolve('plugin').file).toBe(near);
  });

  test('that is not installed says how to install it', async () => {
    const { resolve, config } = await world();
    expect(() => resolve('@acme/none')).toThrow(
      expect.objectContaining({
        code: 'RK_PLUGIN_NOT_FOUND',
        plugin: '@acme/none',
        message: `The plugin @acme/none was not found from ${config}. Install it there with: npm install @acme/none.`,
      }),
    );
  });
});

describe('a path', () => {
  test('starts from the configuration’s folder, never from the host’s', async () => {
    const { resolve, ...here } = await world();
    await put(join(here.host, 'mine.mjs'), '');
    expect(() => resolve('./mine.mjs')).toThrow(
      expect.objectContaining({ code: 'RK_PLUGIN_NOT_FOUND' }),
    );
    const file = await put(join(here.config, 'mine.mjs'), '');
    expect(resolve('./mine.mjs').file).toBe(file);
    const beside = await put(join(here.config, '..', 'other', 'mine.mjs'), '');
    expect(resolve('../other/mine.mjs').file).toBe(beside);
  });

  test('may be a package’s folder', async () => {
    const { resolve, ...here } = await world();
    const root = join(here.config, 'mine');
    await put(join(root, 'package.json'), { version: '4.5.6', exports: { import: './src/a.js' } });
    const file = await put(join(root, 'src', 'a.js'), '');
    expect(resolve('./mine')).toEqual({ file, version: '4.5.6' });
  });
});
