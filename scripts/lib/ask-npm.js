import { runNpm } from './run.js';

/**
 * Has npm print JSON. It does so also where it found something and ends with a code for that.
 *
 * @param {readonly string[]} args
 * @param {string} [cwd] the checkout, unless it is said
 * @returns {Promise<unknown>} undefined where it printed none
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
