import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { PageChannel } from '@roomkey/core/host';
import { PageModuleRegistry } from '../../src/app/page-modules.js';
import { MemoryLogger } from './test-network.js';

let folder: string;
let modules: PageModuleRegistry;
let logger: MemoryLogger;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'roomkey-modules-')));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true }));
  logger = new MemoryLogger();
  modules = new PageModuleRegistry(logger);
});

const put = async (path: string): Promise<URL> => {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, 'export default () => undefined;');
  return pathToFileURL(file);
};

/** A page that records what it receives. */
function page() {
  const received: unknown[] = [];
  const channels = modules.open({
    sendModules: (urls) => received.push(urls),
    send: (plugin, message) => received.push([plugin, message]),
  });
  return { received, channels };
}

describe('moduleFile', () => {
  beforeEach(async () => {
    for (const path of ['secret.js', 'one/index.js', 'one/.env', 'two/index.js']) await put(path);
    for (const path of ['one/deep/worker-1.js', 'one-more/x.js', 'one/%2e%2e.js']) await put(path);
    await symlink(join(folder, 'secret.js'), join(folder, 'one/link.js'));
    await symlink(folder, join(folder, 'one/up'));
    await symlink(join(folder, 'one-more/x.js'), join(folder, 'one/near.js'));
    await symlink(join(folder, 'one/index.js'), join(folder, 'one/inside.js'));
    modules.register(pathToFileURL(join(folder, 'one/index.js')), () => undefined);
  });

  test.each([
    ['0/index.js', 'one/index.js'],
    ['0/deep/worker-1.js', 'one/deep/worker-1.js'],
    ['0/inside.js', 'one/index.js'],
  ])('serves %s', (path, file) => {
    expect(modules.moduleFile(path)).toBe(join(folder, file));
  });

  test.each([
    '',
    '0',
    '0/',
    '/0/index.js',
    '0//index.js',
    '0/deep',
    '0/deep/',
    '0/missing.js',
    '1/index.js',
    '-1/index.js',
    'constructor/index.js',
    '0/../secret.js',
    '0/../one-more/x.js',
    '0/deep/../../secret.js',
    '0/./index.js',
    '0/%2e%2e/secret.js',
    '0/%2e%2e.js',
    '0/..%2fsecret.js',
    '0/..\\secret.js',
    '0/%5c..%5csecret.js',
    '0/.env',
    '0/index.js%00.png',
    '0/index.js\0',
    '0/index.js\n',
    '0/link.js',
    '0/near.js',
    '0/up/secret.js',
    '0/up/one/index.js/',
    '0/index.js/index.js',
  ])('does not serve %j', (path) => {
    expect(modules.moduleFile(path)).toBeUndefined();
  });

  test('serves a folder that is itself a link; ids stay when a module is unregistered', async () => {
    await symlink(join(folder, 'two'), join(folder, 'linked'));
    const unregister = modules.register(
      pathToFileURL(join(folder, 'linked/index.js')),
      () => undefined,
    );
    expect(modules.moduleFile('1/index.js')).toBe(join(folder, 'two/index.js'));
    unregister();
    unregister();
    modules.register(pathToFileURL(join(folder, 'secret.js')), () => undefined);
    expect(modules.moduleFile('1/index.js')).toBeUndefined();
    expect(modules.moduleFile('2/secret.js')).toBe(join(folder, 'secret.js'));
    expect(page().received).toEqual([['/plugins/0/index.js', '/plugins/2/secret.js']]);
  });
});

describe('channels', () => {
  test('each module has its own channel, a new one for each page', async () => {
    const ends: PageChannel[][] = [[], []];
    modules.register(await put('a/a.js'), (channel) => ends[0]?.push(channel));
    modules.register(await put('b/b.js'), (channel) => {
      ends[1]?.push(channel);
      channel.send('at once');
    });
    const first = page();
    expect(first.received).toEqual([
      ['/plugins/0/a.js', '/plugins/1/b.js'],
      [1, 'at once'],
    ]);
    const received: unknown[] = [];
    expect(first.channels.receive(0, 'early')).toBe(true);
    ends[0]?.[0]?.onMessage((message) => received.push(message));
    first.channels.receive(0, Uint8Array.of(1));
    first.channels.receive(1, 'for the other');
    expect(first.channels.receive(2, 'for no one')).toBe(false);
    expect(received).toEqual(['early', Uint8Array.of(1)]);

    const closed: string[] = [];
    ends[0]?.[0]?.onClose(() => closed.push('first'));
    const second = page();
    expect(closed).toEqual(['first']);
    ends[0]?.[0]?.onClose(() => closed.push('at once'));
    ends[0]?.[0]?.send('too late');
    first.channels.receive(0, 'too late');
    first.channels.close();
    expect(closed).toEqual(['first', 'at once']);
    expect(received).toHaveLength(2);
    ends[0]?.[1]?.send('hello');
    expect(second.received).toContainEqual([0, 'hello']);
    expect(first.received).toHaveLength(2);
  });

  test('a module registered later reaches the current page, with the next number', async () => {
    modules.register(await put('a/a.js'), () => undefined);
    const { received } = page();
    modules.register(await put('b/b.js'), (channel) => channel.send('here'));
    expect(received).toEqual([
      ['/plugins/0/a.js'],
      ['/plugins/0/a.js', '/plugins/1/b.js'],
      [1, 'here'],
    ]);
  });

  test('a plugin that throws affects neither the page nor other plugins', async () => {
    const seen: string[] = [];
    modules.register(await put('a/a.js'), () => {
      throw new Error('a bug');
    });
    modules.register(await put('b/b.js'), () => seen.push('b'));
    page();
    expect(seen).toEqual(['b']);
    expect(logger.lines).toMatchObject([{ level: 'error' }]);
  });
});
