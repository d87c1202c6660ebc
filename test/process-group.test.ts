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

/** Runs what it is given as our scripts run programs. */
const runner = (isTerminal: boolean, knowsRepeats: boolean): string[] => [
  ...['--input-type=module', '-e'],
  `const { runNode } = await import(${url('scripts/lib/run.js')});
  process.stdin.isTTY = ${isTerminal};
  // Said when whatever it does about it is done.
  const say = () => process.stderr.write('the runner got SIGINT\\n');
  process.once('SIGINT', () => setImmediate(say));
  process.exitCode = await runNode(process.argv.slice(1), { knowsRepeats: ${knowsRepeats} });`,
  '--',
];
/** As `npm start` and npm do it in a terminal: each passes on every signal that it gets. */
const passing = runner(true, true);

/** Says that it got SIGINT; SIGTERM, which it takes after that, ends it. */
const LISTENER = `
  process.on('SIGINT', () => process.stderr.write('it got SIGINT\\n'));
  process.on('SIGTERM', () => process.exit());
  setInterval(() => {}, 1e9);
  process.stderr.write('it runs\\n');`;

/** A discovery whose end takes as long as `stop` does; `discover` runs in the beginning. */
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
        // As a socket does, it keeps the command from ending.
        setInterval(() => {}, 1e9);
        process.stderr.write('it looks\\n');
        return { query() {}, stop };
      },
    }),
  });`;

/** `roomkey discover --watch` in a process group of its own, with two programs above it. */
async function start(stop: string, discover = '') {
  const home = await mkdtemp(join(tmpdir(), 'roomkey-group-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'slow.mjs'), slowDiscovery(stop, discover));
  const config = join(home, 'roomkey.config.json');
  await writeFile(config, '{ "version": 1, "services": { "discovery": "./slow.mjs" } }');
  const command = ['hosts/cli/bin/roomkey.js', 'discover', '--watch', '--config', config];
  return runGroup([...passing, ...passing, ...command], 'it looks', { ROOMKEY_HOME: home });
}

/** Runs Node in a process group of its own until it has said something. */
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
  const said = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) await once(child.stderr, 'data');
  };
  await said(ready);
  return { child, said, stderr: () => stderr };
}

/** What the command said, among what the programs above it say meanwhile. */
function ofCommand(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('it '));
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
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves', 'it has left']);
  },
);

it.skipIf(process.platform === 'win32').for([
  ['outside a terminal, to every program', false, false, true],
  ['in a terminal, to one that takes two for one', true, true, true],
  ['in a terminal, which sends it itself, to no other', true, false, false],
] as const)('SIGINT is passed on %s', async ([, isTerminal, knowsRepeats, isPassed]) => {
  const args = [...runner(isTerminal, knowsRepeats), '-e', LISTENER];
  const { child, said, stderr } = await runGroup(args, 'it runs');
  child.kill('SIGINT');
  await said(isPassed ? 'it got SIGINT' : 'the runner got SIGINT');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr().includes('it got SIGINT')).toBe(isPassed);
});

describe.skipIf(process.platform === 'win32')('Ctrl-C, which a whole process group gets', () => {
  it('is one signal, though it is passed on twice: the command leaves, and ends with 130', async () => {
    // The command's clock stands still, so that no program here can be too late.
    const { child, stderr } = await start(
      'await new Promise((done) => setTimeout(done, 200));',
      'const now = performance.now(); performance.now = () => now;',
    );
    signalGroup(child, 'SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves', 'it has left']);
  });

  it('is another one later: nothing is waited for any more', async () => {
    const { child, stderr } = await start('await new Promise(() => {});');
    const closed = once(child, 'close');
    await expect.poll(() => signalGroup(child, 'SIGINT'), { timeout: 30_000 }).toBe(false);
    await closed;
    expect(ofCommand(stderr())).toEqual(['it looks', 'it leaves']);
  });
});
