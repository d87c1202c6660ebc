import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, '..');
const url = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href);

/** Runs what it is given as `npm start` and npm do: each passes on the signals that it gets. */
const RUNNER = `
  const { runNode } = await import(${url('scripts/lib/run.js')});
  process.exitCode = await runNode(process.argv.slice(1));`;
const runner = ['--input-type=module', '-e', RUNNER, '--'];

/** A discovery whose end takes as long as `stop` does. */
const slowDiscovery = (stop: string): string => `
  import { definePlugin, Discovery } from ${url('core/dist/index.js')};
  const schema = { '~standard': { version: 1, vendor: 'slow', validate: (value) => ({ value }) } };
  const stop = async () => {
    process.stderr.write('it leaves\\n');
    ${stop}
    process.stderr.write('it has left\\n');
  };
  export default definePlugin({
    name: 'slow', apiVersion: '1.0', provides: Discovery, configSchema: schema,
    create: () => ({
      announce: async () => ({ update() {}, stop: async () => {} }),
      browse: async () => {
        process.stderr.write('it looks\\n');
        return { refresh() {}, stop };
      },
    }),
  });`;

/** `roomkey discover --watch` in a process group of its own, with two programs above it. */
async function start(stop: string): Promise<{ child: ChildProcess; stderr: () => string }> {
  const home = await mkdtemp(join(tmpdir(), 'roomkey-group-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'slow.mjs'), slowDiscovery(stop));
  const config = { version: 1, services: { discovery: './slow.mjs' } };
  await writeFile(join(home, 'roomkey.config.json'), JSON.stringify(config));
  const command = ['hosts/cli/bin/roomkey.js', 'discover', '--watch'];
  const args = [...runner, ...runner, ...command, '--config', join(home, 'roomkey.config.json')];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ROOMKEY_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  onTestFinished(() => void signalGroup(child, 'SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8');
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (text: string) => {
      stderr += text;
      if (stderr.includes('it looks')) resolve();
    });
  });
  return { child, stderr: () => stderr };
}

/** @returns whether there still was one */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-child.pid!, signal);
  } catch {
    return false;
  }
}

it.skipIf(process.platform === 'win32')(
  'a signal that only the outermost program gets is passed on',
  async () => {
    const { child, stderr } = await start('');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stderr()).toContain('it leaves\nit has left\n');
  },
);

describe.skipIf(process.platform === 'win32')('Ctrl-C, which a whole process group gets', () => {
  it('is one signal, though it is passed on twice: the command leaves, and ends with 130', async () => {
    const { child, stderr } = await start('await new Promise((done) => setTimeout(done, 200));');
    signalGroup(child, 'SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stderr()).toContain('it leaves\nit has left\n');
  });

  it('is another one later: nothing is waited for any more', async () => {
    const { child, stderr } = await start('await new Promise(() => setInterval(() => {}, 1e9));');
    const closed = once(child, 'close');
    await expect.poll(() => signalGroup(child, 'SIGINT'), { timeout: 30_000 }).toBe(false);
    await closed;
    expect(stderr()).toContain('it leaves\n');
    expect(stderr()).not.toContain('it has left');
  });
});
