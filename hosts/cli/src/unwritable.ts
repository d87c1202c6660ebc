import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { hasErrno, systemReason } from '@roomkey/core/host';
import { UsageError } from './failure.js';

/**
 * The error of a file that a person named with an option and that cannot be written.
 *
 * @param what is written, such as `video`
 * @param option names the file
 */
export function unwritable(what: string, path: string, option: string, error: unknown): UsageError {
  const folder = dirname(resolve(path));
  // A link to a missing folder fails in the same way, in a folder that exists.
  const isFolderMissing = hasErrno(error, 'ENOENT') && !existsSync(folder);
  const why = isFolderMissing
    ? `the folder ${folder} does not exist. Create it, or choose another file with ${option}.`
    : `${systemReason(error)}. Choose another file with ${option}.`;
  return new UsageError(`The ${what} cannot be written to ${path}: ${why}`);
}
