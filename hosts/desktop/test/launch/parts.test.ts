import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeLaunchFile } from '../../src/launch/launch-file.js';
import { removeStaleLaunchFiles, removeStaleProfiles } from '../../src/launch/stale-files.js';
import { GONE_AFTER_MS, LATE_AFTER_MS, watchPages } from '../../src/launch/watch-pages.js';
import { temporaryFolder } from '../server/support.js';

describe('a launch file', () => {
  const address = 'http://127.0.0.1:1234/#token=abc_-1';

  it('redirects to the address', async () => {
    const { path } = await writeLaunchFile(await temporaryFolder(), address);
    expect(await readFile(path, 'utf8')).toContain(`content="0; url=${address}"`);
  });

  it.skipIf(process.platform === 'win32')(
    'is readable by its owner only, whatever the umask',
    async () => {
      const folder = join(await temporaryFolder(), 'made');
      const before = process.umask(0);
      onTestFinished(() => void process.umask(before));
      const { path } = await writeLaunchFile(folder, address);
      const modes = [folder, join(path, '..'), path].map(
        async (one) => (await stat(one)).mode & 0o777,
      );
      expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600]);
    },
  );

  it('is removed with its folder, and remove is idempotent', async () => {
    const folder = await temporaryFolder();
    const file = await writeLaunchFile(folder, address);
    await file.remove();
    await file.remove();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the stale files of a killed run', () => {
  it('are removed by the next run, which leaves other files alone', async () => {
    const folder = await temporaryFolder();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const [launch, profile] = [`roomkey-launch-${pid}-aBc123`, `browser-${pid}`];
    const running = `roomkey-launch-${process.pid}-xYz123`;
    const others = ['browser', 'browser-x', running, 'roomkey-launch', `launch-${pid}`];
    for (const name of [launch, profile, ...others]) await mkdir(join(folder, name));
    await writeFile(join(folder, launch, 'roomkey.html'), 'led on');
    await mkdir(join(folder, profile, 'Default'));
    await removeStaleLaunchFiles(folder);
    expect((await readdir(folder)).sort()).toEqual([profile, ...others].sort());
    await removeStaleProfiles(folder);
    expect((await readdir(folder)).sort()).toEqual(others.sort());
    await removeStaleLaunchFiles(join(folder, 'nowhere'));
  });

  it('do not include a user’s files of a similar name, or the target of a link', async () => {
    const folder = await temporaryFolder();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const papers = [
      `roomkey-launch-${pid}/plan.txt`,
      `roomkey-launch-${pid}-berlin/plan.txt`,
      `roomkey-launch-${pid}-munich/plan/of.txt`,
      `browser-${pid}-notes/plan.txt`,
      'elsewhere/roomkey.html',
    ].map((name) => join(folder, name));
    for (const paper of papers) {
      await mkdir(join(paper, '..'), { recursive: true });
      await writeFile(paper, 'mine');
    }
    await symlink('elsewhere', join(folder, `roomkey-launch-${pid}-aBc123`));
    await symlink('elsewhere', join(folder, `browser-${pid}`));
    await removeStaleLaunchFiles(folder);
    await removeStaleProfiles(folder);
    for (const paper of papers) expect(await readFile(paper, 'utf8')).toBe('mine');
  });
});

describe('watchPages', () => {
  afterEach(() => vi.useRealTimers());

  function watched(pages = 0) {
    vi.useFakeTimers();
    const calls: string[] = [];
    let listener: (count: number) => void = () => undefined;
    const app = {
      pages,
      onPages: (given: (count: number) => void) => {
        listener = given;
        return () => (listener = () => undefined);
      },
    };
    const stop = watchPages(app, {
      onFirst: () => calls.push('first'),
      onLate: () => calls.push('late'),
      onGone: () => calls.push('gone'),
    });
    return { calls, stop, count: (count: number) => listener(count) };
  }

  it('reports the first page, and the last one if no other follows', () => {
    const { calls, count } = watched();
    count(1);
    count(2);
    count(1);
    count(0);
    vi.advanceTimersByTime(GONE_AFTER_MS - 1);
    expect(calls).toEqual(['first']);
    count(1);
    vi.advanceTimersByTime(LATE_AFTER_MS);
    expect(calls).toEqual(['first']);
    count(0);
    vi.advanceTimersByTime(GONE_AFTER_MS);
    expect(calls).toEqual(['first', 'gone']);
    vi.advanceTimersByTime(LATE_AFTER_MS);
    expect(calls).toEqual(['first', 'gone']);
  });

  it('reports that no page came, and keeps waiting', () => {
    const { calls, count } = watched();
    vi.advanceTimersByTime(LATE_AFTER_MS);
    expect(calls).toEqual(['late']);
    count(1);
    expect(calls).toEqual(['late', 'first']);
  });

  it('counts a page that is already connected', () => {
    const { calls } = watched(1);
    vi.advanceTimersByTime(LATE_AFTER_MS);
    expect(calls).toEqual(['first']);
  });

  it('reports nothing after it was stopped', () => {
    const { calls, count, stop } = watched();
    count(1);
    count(0);
    stop();
    vi.advanceTimersByTime(GONE_AFTER_MS);
    expect(calls).toEqual(['first']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
