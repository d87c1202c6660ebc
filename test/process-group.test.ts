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

/** Arguments of a Node that runs a program like the project's scripts. */
const runner = (isTerminal: boolean, knowsRepeats: boolean): string[] => [
  ...['--input-type=module', '-e'],
  `const { runNode } = await import(${url('scripts/lib/run.js')});
  process.stdin.isTTY = ${isTerminal};
  // Printed after the runner has handled the signal.
  const report = () => process.stderr.write('the runner got SIGINT\\n');
  process.once('SIGINT', () => setImmediate(report));
  process.exitCode = await runNode(process.argv.slice(1), { knowsRepeats: ${knowsRepeats} });`,
  '--',
];
/** Like `npm start` and npm in a terminal: each passes on every signal. */
const passing = runner(true, true);

/** Prints that it got SIGINT; SIGTERM ends it. */
const LISTENER = `
  process.on('SIGINT', () => process.stderr.write('it got SIGINT\\n'));
  process.on('SIGTERM', () => process.exit());
  setInterval(() => {}, 1e9);
  process.stderr.write('it runs\\n');`;

/** A discovery plugin with the code of its `stop`, and code that runs at the start of `discover`. */
const slowDiscovery = (stop: string, discover: string): string => `
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
      discover: async () => {
        ${discover}
        // Like a socket, it keeps the process alive.
        setInterval(() => {}, 1e9);
        process.stderr.write('it looks\\n');
        return { query() {}, stop };
      },
    }),
  });`;

/** Runs `roomkey discover --watch` in its own process group, with two programs above it. */
async function start(stop: string, discover = '') {
  const home = await mkdtemp(join(tmpdir(), 'roomkey-group-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'slow.mjs'), slowDiscovery(stop, discover));
  const config = join(home, 'roomkey.config.json');
  await writeFile(config, '{ "version": 1, "services": { "discovery": "./slow.mjs" } }');
  const command = ['hosts/cli/bin/roomkey.js', 'discover', '--watch', '--config', config];
  return runGroup([...passing, ...passing, ...command], 'it looks', { ROOMKEY_HOME: home });
}

/** Runs Node in its own process group; resolves when it has printed `ready`. */
async function runGroup(args: readonly string[], ready: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  onTestFinished(() => void signalGroup(child, 'SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => (stderr += text));
  const waitFor = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) await once(child.stderr, 'data');
  };
  await waitFor(ready);
  return { child, waitFor, stderr: () => stderr };
}

/** The lines of the command, without those of the programs above it. */
function ofCommand(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('it '));
}

/** @returns whether a process of the group still ran */
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
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves', 'it has left']);
  },
);

it.skipIf(process.platform === 'win32').for([
  ['outside a terminal, to every program', false, false, true],
  ['in a terminal, to a program that counts two as one', true, true, true],
  ['in a terminal, which sends it to all, to no other program', true, false, false],
] as const)('SIGINT is passed on %s', async ([, isTerminal, knowsRepeats, isPassed]) => {
  const args = [...runner(isTerminal, knowsRepeats), '-e', LISTENER];
  const { child, waitFor, stderr } = await runGroup(args, 'it runs');
  child.kill('SIGINT');
  await waitFor(isPassed ? 'it got SIGINT' : 'the runner got SIGINT');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr().includes('it got SIGINT')).toBe(isPassed);
});

describe.skipIf(process.platform === 'win32')('Ctrl-C in a process group', () => {
  it('counts as one signal, though two programs pass it on: the command leaves and ends with 130', async () => {
    // The command's clock is stopped, so that no program here can be too late.
    const { child, stderr } = await start(
      'await new Promise((done) => setTimeout(done, 200));',
      'const now = performance.now(); performance.now = () => now;',
    );
    signalGroup(child, 'SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves', 'it has left']);
  });

  it('counts as a second signal later: the command ends at once', async () => {
    const { child, stderr } = await start('await new Promise(() => {});');
    const closed = once(child, 'close');
    await expect.poll(() => signalGroup(child, 'SIGINT'), { timeout: 30_000 }).toBe(false);
    await closed;
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves']);
  });
});
