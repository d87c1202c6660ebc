import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The same list as in core, which is not built yet when this runs; a test compares them. */
export const secretVariables = [
  'ROOMKEY_PASSWORD',
  'ROOMKEY_NEW_PASSWORD',
  'ROOMKEY_ROOM_PASSWORD',
  'ROOMKEY_INVITE',
  'MONGO_URI',
];

/** Their values, removed from the environment so that neither npm nor a compiler gets them. */
const secrets = Object.fromEntries(
  secretVariables.flatMap((name) => {
    const value = process.env[name];
    Reflect.deleteProperty(process.env, name);
    return value === undefined ? [] : [[name, value]];
  }),
);

/**
 * `keepsSecrets`: the child is Roomkey, which needs the secrets. `onStart` gets the child's pid.
 * `onOutput` gets its standard output, if that is a pipe. `knowsRepeats`: the child treats signals
 * that come close together as one. By default the child inherits our input and output.
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
 * @returns {Promise<number>} its exit code, or 128 + the signal that ended it, as in shells
 */
async function run(command, args, options = {}) {
  const { onStart, onOutput, knowsRepeats = false, keepsSecrets = false, ...others } = options;
  const env = { ...(others.env ?? process.env), ...(keepsSecrets ? secrets : {}) };
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...others, env });
  if (child.pid !== undefined) onStart?.(child.pid);
  if (onOutput !== undefined) child.stdout?.setEncoding('utf8').on('data', onOutput);
  // In a terminal, Ctrl-C has most likely reached the child as well, and many programs quit at once
  // on a second one. So pass it on only to a child that treats both as one. On Windows the child
  // always gets it, and `kill` would end the child without a chance to clean up.
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
 * Whether an exit code means that a person or the system stopped the program. Then start no other
 * one.
 *
 * @param {number} code
 */
export function wasStopped(code) {
  const { SIGINT, SIGTERM, SIGHUP } = constants.signals;
  return [SIGINT, SIGTERM, SIGHUP].some((signal) => code === 128 + signal);
}

/**
 * Runs a script with Node.
 *
 * @param {readonly string[]} args the script, from the checkout's root, and its arguments
 * @param {Options} [options]
 */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/**
 * Runs npm: the npm that runs this process, if any.
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
