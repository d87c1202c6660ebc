import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../scripts/lib/lock.js';

let folder: string;
let lock: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-lock-'));
  lock = join(folder, 'lock');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true });
});

/** Runs `body` in another process that holds the lock; resolves when it holds it. */
async function holdElsewhere(body: string): Promise<ChildProcess> {
  const module = new URL('../scripts/lib/lock.js', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    const { withLock } = await import(${JSON.stringify(module)});
    await withLock(${JSON.stringify(lock)}, async (hold) => { ${body} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

const untilToldToEnd = "console.log('held'); for await (const _ of process.stdin);";

test('withLock returns the result of its function, and rethrows its error', async () => {
  expect(await withLock(lock, () => 'done')).toBe('done');
  await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withLock(lock, () => 'again')).toBe('again');
});

test('withLock runs one function at a time', async () => {
  let inside = 0;
  const visit = () =>
    withLock(lock, async () => {
      inside += 1;
      expect(inside).toBe(1);
      await readdir(folder);
      inside -= 1;
    });
  await Promise.all(Array.from({ length: 5 }, visit));
  expect(await readdir(lock)).toHaveLength(1);
});

test('withLock waits for another process, and says for which', async () => {
  const other = await holdElsewhere(untilToldToEnd);
  let ended = false;
  other.once('exit', () => (ended = true));
  const waitedFor = await new Promise<number>((resolve, reject) => {
    let pid = 0;
    withLock(lock, () => resolve(pid), {
      onWait: (owner) => {
        pid = owner;
        expect(ended).toBe(false);
        other.stdin!.end();
      },
    }).catch(reject);
  });
  expect(waitedFor).toBe(other.pid);
});

test('the lock of a killed process is free', async () => {
  const other = await holdElsewhere(untilToldToEnd);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const waitedFor: number[] = [];
  await withLock(lock, () => undefined, { onWait: (pid) => waitedFor.push(pid) });
  expect(waitedFor).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'is not held by a process that got the pid of a dead owner',
  async () => {
    await mkdir(lock);
    await writeFile(join(lock, '1'), JSON.stringify([{ pid: process.pid, start: 'earlier' }]));
    expect(await withLock(lock, () => 'mine')).toBe('mine');
  },
);

test('a child that outlives its killed parent still holds the lock', async () => {
  const other = await holdElsewhere(`
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: [process.stdin, 'ignore', 'ignore'],
    });
    await hold(child.pid);
    console.log('held');
    await new Promise(() => setInterval(() => {}, 1000));`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const waitedFor: number[] = [];
  await withLock(lock, () => undefined, {
    onWait: (pid) => {
      waitedFor.push(pid);
      other.stdin!.end();
    },
  });
  expect(waitedFor).toHaveLength(1);
  expect(waitedFor[0]).not.toBe(other.pid);
});
