import type { ErrorCode } from '@roomkey/core/host';
import { ExitCode, exitCodes } from './exit-codes.js';

/** The command line, or an answer, is not valid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ctrl-C, or the signal SIGTERM. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('Interrupted.');
  }
}

/** The reader of the output has gone, as in `roomkey discover --watch | head -1`. */
export class OutputClosed extends Interrupted {}

/** A failure as it is printed, as JSON and for people, with its exit code. */
export interface Failure {
  /** An `ErrorCode`, or `usage`, `interrupted` or `unexpected`. */
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  /** For bug reports; absent if the message says enough. */
  readonly stack?: string;
}

/** Makes a failure of a thrown value. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return { code: 'unexpected', message: String(error), exitCode: ExitCode.unexpected };
  }
  const { message } = error;
  if (error instanceof UsageError) return { code: 'usage', message, exitCode: ExitCode.usage };
  if (error instanceof Interrupted) {
    return { code: 'interrupted', message, exitCode: ExitCode.interrupted };
  }
  if ('code' in error && isErrorCode(error.code)) {
    return { code: error.code, message, exitCode: exitCodes[error.code] };
  }
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  return { code: 'unexpected', message, exitCode: ExitCode.unexpected, ...stack };
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(exitCodes, code);
}
