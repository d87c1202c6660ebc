import { runNpm } from './run.js';

/**
 * Runs npm and parses the JSON that it prints, whatever its exit code: `npm audit` fails if it
 * finds something.
 *
 * @param {readonly string[]} args
 * @param {string} [cwd] default: the checkout
 * @returns {Promise<unknown>} undefined if it printed none
 */
export async function askNpm(args, cwd) {
  let said = '';
  await runNpm(args, {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'ignore'],
    onOutput: (text) => (said += text),
  });
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}
