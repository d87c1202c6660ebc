import { existsSync } from 'node:fs';

/**
 * Ends this program when a file appears.
 *
 * @param {string | undefined} file
 */
export function endWith(file) {
  if (file === undefined) return;
  setInterval(() => {
    if (!existsSync(file)) return;
    process.stderr.write('The cable was pulled.\n');
    process.exit(1);
  }, 5);
}
