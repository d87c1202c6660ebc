import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { PageChannel } from '@roomkey/core/host';
import { PageHalves } from '../../src/app/page-link.js';
import { MemoryLogger } from './scene.js';

let folder: string;
let halves: PageHalves;
let logger: MemoryLogger;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'roomkey-halves-')));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true }));
  logger = new MemoryLogger();
  halves = new PageHalves(logger);
});

const put = async (path: string): Promise<URL> => {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, 'export default () => undefined;');
  return pathToFileURL(file);
};

/** A page that keeps what it is told. */
function page() {
  const told: unknown[] = [];
  const channels = halves.open({
    modules: (urls) => told.push(urls),
    send: (half, message) => told.push([half, message]),
  });
  return { told, channels };
}

describe('halfFile', () => {
  beforeEach(async () => {
    for (const path of ['secret.js', 'one/index.js', 'one/.env', 'two/index.js']) await put(path);
    for (const path of ['one/deep/worker-1.js', 'one-more/x.js', 'one/%2e%2e.js']) await put(path);
    await symlink(join(folder, 'secret.js'), join(folder, 'one/link.js'));
    await symlink(folder, join(folder, 'one/up'));
    await symlink(join(folder, 'one-more/x.js'), join(folder, 'one/near.js'));
    await symlink(join(folder, 'one/index.js'), join(folder, 'one/inside.js'));
    halves.attach(pathToFileURL(join(folder, 'one/index.js')), () => undefined);
  });

  test.each([
    ['0/index.js', 'one/index.js'],
    ['0/deep/worker-1.js', 'one/deep/worker-1.js'],
    ['0/inside.js', 'one/index.js'],
  ])('%s is served', (path, file) => {
    expect(halves.halfFile(path)).toBe(join(folder, file));
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
  ])('%j is not', (path) => {
    expect(halves.halfFile(path)).toBeUndefined();
  });

  test('a folder that is a link itself is served; numbers stay when a half goes', async () => {
    await symlink(join(folder, 'two'), join(folder, 'linked'));
    const detach = halves.attach(pathToFileURL(join(folder, 'linked/index.js')), () => undefined);
    expect(halves.halfFile('1/index.js')).toBe(join(folder, 'two/index.js'));
    detach();
    detach();
    halves.attach(pathToFileURL(join(folder, 'secret.js')), () => undefined);
    expect(halves.halfFile('1/index.js')).toBeUndefined();
    expect(halves.halfFile('2/secret.js')).toBe(join(folder, 'secret.js'));
    expect(page().told).toEqual([['/halves/0/index.js', '/halves/2/secret.js']]);
  });
});

describe('channels', () => {
  test('each half has its own, to each page a new one', async () => {
    const ends: PageChannel[][] = [[], []];
    halves.attach(await put('a/a.js'), (channel) => ends[0]?.push(channel));
    halves.attach(await put('b/b.js'), (channel) => {
      ends[1]?.push(channel);
      channel.send('at once');
    });
    const first = page();
    expect(first.told).toEqual([
      ['/halves/0/a.js', '/halves/1/b.js'],
      [1, 'at once'],
    ]);
    const heard: unknown[] = [];
    expect(first.channels.receive(0, 'early')).toBe(true);
    ends[0]?.[0]?.onMessage((message) => heard.push(message));
    first.channels.receive(0, Uint8Array.of(1));
    first.channels.receive(1, 'for the other');
    expect(first.channels.receive(2, 'for nobody')).toBe(false);
    expect(heard).toEqual(['early', Uint8Array.of(1)]);

    const closed: string[] = [];
    ends[0]?.[0]?.onClose(() => closed.push('first'));
    const second = page();
    expect(closed).toEqual(['first']);
    ends[0]?.[0]?.onClose(() => closed.push('at once'));
    ends[0]?.[0]?.send('too late');
    first.channels.receive(0, 'too late');
    first.channels.close();
    expect(closed).toEqual(['first', 'at once']);
    expect(heard).toHaveLength(2);
    ends[0]?.[1]?.send('hello');
    expect(second.told).toContainEqual([0, 'hello']);
    expect(first.told).toHaveLength(2);
  });

  test('a page that is there already counts, and numbers go on', async () => {
    halves.attach(await put('a/a.js'), () => undefined);
    const { told } = page();
    halves.attach(await put('b/b.js'), (channel) => channel.send('here'));
    expect(told).toEqual([['/halves/0/a.js'], ['/halves/0/a.js', '/halves/1/b.js'], [1, 'here']]);
  });

  test('a plugin that throws stops neither the page nor the others', async () => {
    const seen: string[] = [];
    halves.attach(await put('a/a.js'), () => {
      throw new Error('a bug');
    });
    halves.attach(await put('b/b.js'), () => seen.push('b'));
    page();
    expect(seen).toEqual(['b']);
    expect(logger.lines).toMatchObject([{ level: 'error' }]);
  });
});
