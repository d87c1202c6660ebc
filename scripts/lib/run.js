import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** As in core, which is not built yet when this runs; a test holds the two lists together. */
export const secretVariables = [
  'ROOMKEY_PASSWORD',
  'ROOMKEY_NEW_PASSWORD',
  'ROOMKEY_ROOM_PASSWORD',
  'ROOMKEY_INVITE',
  'MONGO_URI',
];

/** What they hold; taken out, so that neither npm nor a compiler gets it. */
const secrets = Object.fromEntries(
  secretVariables.flatMap((name) => {
    const value = process.env[name];
    Reflect.deleteProperty(process.env, name);
    return value === undefined ? [] : [[name, value]];
  }),
);

/**
 * `keepsSecrets` says that the child is Roomkey, which needs them. `onStart` is told the child's
 * pid. `onOutput` gets its standard output where that is a pipe. `knowsRepeats` says that the child
 * takes signals that come close together for one. By default the child has our input and output.
 *
 * @typedef {import('node:child_process').SpawnOptions & {
 *   onStart?: (pid: number) => void, onOutput?: (text: string) => void,
 *   knowsRepeats?: boolean, keepsSecrets?: boolean,
 * }} Options
 */

/**
 * Runs a program in the checkout and passes signals on to it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<number>} its exit code, or 128 + the signal that ended it, as shells say it
 */
async function run(command, args, options = {}) {
  const { onStart, onOutput, knowsRepeats = false, keepsSecrets = false, ...others } = options;
  const env = { ...(others.env ?? process.env), ...(keepsSecrets ? secrets : {}) };
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...others, env });
  if (child.pid !== undefined) onStart?.(child.pid);
  if (onOutput !== undefined) child.stdout?.setEncoding('utf8').on('data', onOutput);
  // In a terminal Ctrl-C has most likely reached the child as well, and twice means "at once" to many
  // programs; whether it has cannot be told from here, so that one that takes both for one gets it.
  // On Windows it always has, and there `kill` ends a program without asking it.
  const pass = /** @param {NodeJS.Signals} signal */ (signal) => {
    if (process.platform === 'win32') return;
    if (signal !== 'SIGINT' || knowsRepeats || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
      );
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

/**
 * Whether an exit code says that a person or the system stopped the program, so that nothing is to
 * be started after it.
 *
 * @param {number} code
 */
export function wasStopped(code) {
  const { SIGINT, SIGTERM, SIGHUP } = constants.signals;
  return [SIGINT, SIGTERM, SIGHUP].some((signal) => code === 128 + signal);
}

/**
 * Runs a script of Node's.
 *
 * @param {readonly string[]} args the script, from the checkout's root, and its arguments
 * @param {Options} [options]
 */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/**
 * Runs npm: the one that runs us, if one does.
 *
 * @param {readonly string[]} args
 * @param {Options} [options]
 */
export function runNpm(args, options) {
  const npm = process.env['npm_execpath'];
  return npm?.endsWith('npm-cli.js')
    ? runNode([npm, ...args], options)
    : run('npm', args, { ...options, shell: process.platform === 'win32' });
}
