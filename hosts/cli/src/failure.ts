import type { ErrorCode } from '@roomkey/core/host';
import { ExitCode, exitCodes } from './exit-codes.js';

/** The command was not given as it must be. */
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

/** How a failure is told: in JSON, to people, and by the exit code. */
export interface Failure {
  /** An `ErrorCode`, or `usage`, `interrupted` or `unexpected`. */
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  /** For whoever reports a bug; absent where the message says it all. */
  readonly stack?: string;
}

/** Makes a failure of what was thrown. */
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
