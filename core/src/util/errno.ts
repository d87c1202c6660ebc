import { NotTextError } from './text.js';

/** Whether something thrown by Node bears one of these codes, such as `ENOENT`. */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** There is something else in the place of a file: a folder, or a pipe, which would be waited for. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  constructor() {
    super('it is not a file');
  }
}

/** What a person understands of the codes of POSIX that files, folders and programs give. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EBUSY: 'another program has it open',
  EDQUOT: 'the disk is full',
  EEXIST: 'there is something of that name already',
  EFBIG: 'it is larger than the disk takes',
  EINVAL: 'the system does not take such a name',
  EIO: 'the disk does not answer as it should',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'it is not there',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'what should be a folder above it is a file',
  ENOTEMPTY: 'the folder is not empty',
  ERR_FS_EISDIR: 'it is a folder',
  EPERM: 'not permitted',
  EPIPE: 'nobody reads it any more',
  EROFS: 'the disk is read-only',
};

/**
 * Why the system did not do something, in words that go on after “cannot be written: ”. Node's own
 * text (“ENOSPC: no space left on device, write”) is for logs; a code that is not known is named.
 */
export function systemReason(error: unknown): string {
  if (error instanceof NotTextError || error instanceof NotAFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  // Not with the message: a parser's quotes what it read, which may be a secret.
  if (code === undefined) return 'what is in it cannot be understood';
  return REASONS[code] ?? `the system refuses it (${code})`;
}
