import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import typescript from 'typescript-eslint';

// The project's own configuration, reduced to the rule of borders. Without types, so that the files
// need not exist.
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  ruleFilter: ({ ruleId }) => ruleId === 'borders/imports',
  overrideConfig: {
    ...(typescript.configs.disableTypeChecked as object),
    linterOptions: { reportUnusedDisableDirectives: 'off' },
  },
});

async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map(({ message }) => message);
}

/** The ways to import only types of a module. */
const typeWays: readonly ((specifier: string) => string)[] = [
  (specifier) => `import type { A } from '${specifier}'; export type B = A;`,
  (specifier) => `export type * from '${specifier}';`,
  (specifier) => `export type A = import('${specifier}').A;`,
  (specifier) => `export type A = typeof import('${specifier}');`,
];

/** Every way to import a module. */
const ways: readonly ((specifier: string) => string)[] = [
  ...typeWays,
  (specifier) => `import { a } from '${specifier}'; a();`,
  (specifier) => `import '${specifier}';`,
  (specifier) => `import { type A } from '${specifier}'; export type B = A;`,
  (specifier) => `export { a } from '${specifier}';`,
  (specifier) => `export * from '${specifier}';`,
  (specifier) => `export const a = import('${specifier}');`,
  (specifier) => `export const a = import(\`${specifier}\`);`,
  (specifier) => `import a = require('${specifier}'); export { a };`,
  (specifier) => `export const a = require('${specifier}');`,
  (specifier) => `export const a = require.resolve('${specifier}');`,
  (specifier) => `export const a = import.meta.resolve('${specifier}');`,
];

const contracts = 'core/src/contracts/camera.ts';
const audio = 'core/src/audio/jitter-buffer.ts';
const call = 'core/src/call/call.ts';
const entrance = 'core/src/index.ts';
const host = 'core/src/host/index.ts';
const container = 'core/src/container/container.ts';
const plugin = 'plugins/transport-tcp/src/index.ts';
const pluginTest = 'plugins/transport-tcp/test/index.test.ts';
const cli = 'hosts/cli/src/main.ts';
const pageModule = 'plugins/camera-browser/src/page/index.ts';
const app = 'hosts/desktop/src/app/index.ts';
const messages = 'hosts/desktop/src/messages/binary.ts';
const ui = 'hosts/desktop/src/ui/main.tsx';
const preload = 'hosts/desktop/src/preload/index.cts';

describe('forbidden', () => {
  test.each([
    [contracts, '../errors/index.js'],
    [contracts, '../index.js'],
    [contracts, '@roomkey/core'],
    [contracts, 'tsyringe'],
    [audio, '../wire/index.js'],
    [audio, '../streams/windowed-extreme.js'],
    [audio, '@roomkey/core'],
    [call, 'tsyringe'],
    [call, 'reflect-metadata'],
    [call, 'reflect-metadata/lite'],
    [call, 'electron'],
    [call, 'electron/main'],
    [call, '@roomkey/core'],
    [call, '@roomkey/transport-tcp'],
    [call, '@roomkey/cli'],
    [call, '../host/index.js'],
    [call, '../conformance/index.js'],
    [call, '../../../plugins/transport-tcp/src/index.js'],
    [call, '../../../hosts/cli/src/main.js'],
    [call, '../../test/support.js'],
    [entrance, './host/index.js'],
    [host, '@roomkey/transport-tcp'],
    [host, '../../../plugins/transport-tcp/src/index.js'],
    [container, 'electron'],
    [container, '../host/index.js'],
    [container, '@roomkey/transport-tcp'],
    [plugin, '@roomkey/core/host'],
    [plugin, '@roomkey/core/conformance'],
    [plugin, '@roomkey/core/src/index.js'],
    [plugin, '@roomkey/discovery-udp'],
    [plugin, '@roomkey/cli'],
    [plugin, '../../../core/src/index.js'],
    [plugin, '../../../core/dist/index.js'],
    [plugin, '../../discovery-udp/src/index.js'],
    [plugin, '../test/index.test.js'],
    [plugin, 'tsyringe'],
    [plugin, 'electron'],
    [pluginTest, '@roomkey/core/host'],
    [pluginTest, '@roomkey/discovery-udp'],
    [pluginTest, '../../../core/src/index.js'],
    [pluginTest, 'reflect-metadata'],
    [cli, '@roomkey/core'],
    [cli, '@roomkey/core/conformance'],
    [cli, '@roomkey/transport-tcp'],
    [cli, '../../../core/src/host/index.js'],
    [cli, '../../../plugins/transport-tcp/src/index.js'],
    [cli, 'tsyringe'],
    [cli, 'electron'],
    ['test/call.test.ts', 'tsyringe'],
    [pageModule, '@roomkey/core/host'],
    [pageModule, '../index.js'],
    [app, '@roomkey/core'],
    [app, '@roomkey/camera-browser'],
    [app, '@roomkey/cli'],
    [app, 'electron'],
    [messages, '../app/index.js'],
    [messages, '@roomkey/core/audio'],
    [ui, '../app/index.js'],
    [ui, '@roomkey/core'],
    [ui, '@roomkey/desktop'],
    [ui, 'electron'],
    [preload, '../messages/index.js'],
  ])('%s: %s, in every way to name it', async (file, specifier) => {
    for (const way of ways) {
      const code = way(specifier);
      expect(await complaints(file, code), code).toHaveLength(1);
    }
  });
});

describe('allowed as types only', () => {
  test.each([
    [pageModule, '@roomkey/core'],
    [messages, '@roomkey/core/host'],
    [ui, '@roomkey/core/host'],
    [ui, '../messages/index.js'],
  ])('%s: %s', async (file, specifier) => {
    for (const way of ways) {
      const code = way(specifier);
      expect(await complaints(file, code), code).toHaveLength(typeWays.includes(way) ? 0 : 1);
    }
  });
});

describe('allowed', () => {
  test.each([
    [contracts, './token.js'],
    [contracts, 'node:events'],
    [audio, './format.js'],
    [call, '../contracts/index.js'],
    [call, '../secure/records.js'],
    [call, 'zod'],
    [host, '../container/index.js'],
    [host, '../plugin/load-plugin.js'],
    ['core/src/conformance/index.ts', '../contracts/index.js'],
    [container, 'tsyringe'],
    [container, 'reflect-metadata'],
    ['core/test/container/container.test.ts', 'tsyringe'],
    [plugin, '@roomkey/core'],
    [plugin, '@roomkey/core/audio'],
    [plugin, './framing.js'],
    [plugin, 'zod'],
    [plugin, 'node:net'],
    [pluginTest, '@roomkey/core'],
    [pluginTest, '@roomkey/core/audio'],
    [pluginTest, '@roomkey/core/conformance'],
    [pluginTest, '../src/index.js'],
    [pluginTest, '../../../test/support/optional.js'],
    [cli, '@roomkey/core/host'],
    [cli, './commands/join.js'],
    [cli, 'commander'],
    [cli, '@roomkey/desktop'],
    [pageModule, './worker.js'],
    [pageModule, '../messages.js'],
    [pageModule, '@roomkey/core/wire'],
    [pageModule, '@roomkey/core/audio'],
    [app, '@roomkey/core/host'],
    [app, '../messages/index.js'],
    [messages, 'zod'],
    [ui, '../messages/binary.js'],
    [ui, './client/index.js'],
    [ui, '@roomkey/core/audio'],
    [ui, 'preact'],
    [preload, 'electron'],
    ['hosts/desktop/src/main/index.ts', 'electron'],
    ['hosts/desktop/src/preload/index.ts', 'electron/renderer'],
    ['test/call.test.ts', '../core/src/index.js'],
  ])('%s: %s', async (file, specifier) => {
    for (const way of ways) {
      const code = way(specifier);
      expect(await complaints(file, code), code).toEqual([]);
    }
  });
});
