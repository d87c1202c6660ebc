import { NotTextError } from './text.js';

/** Whether an error thrown by Node has one of these codes, such as `ENOENT`. */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** The path is not a regular file but a folder, or a pipe, on which a read would block. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  constructor() {
    super('it is not a file');
  }
}

/** POSIX error codes in plain words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EBUSY: 'another program has it open',
  EDQUOT: 'the disk is full',
  EEXIST: 'something with that name already exists',
  EFBIG: 'it is larger than the disk allows',
  EINVAL: 'the system does not allow such a name',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'it does not exist',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a folder in its path is a file',
  ENOTEMPTY: 'the folder is not empty',
  ERR_FS_EISDIR: 'it is a folder',
  EPERM: 'not permitted',
  EPIPE: 'the program that reads it has ended',
  EROFS: 'the disk is read-only',
};

/**
 * The reason of a system error in plain words, to follow “cannot be written: ”. Node's own text
 * (“ENOSPC: no space left on device, write”) belongs in logs; an unknown code is named.
 */
export function systemReason(error: unknown): string {
  if (error instanceof NotTextError || error instanceof NotAFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  // Never the message: a parser's message quotes its input, which may be a secret.
  if (code === undefined) return 'its content is invalid';
  return REASONS[code] ?? `the system reports ${code}`;
}
