import type { ErrorCode } from './codes.js';

/** What an error can bear beside its message. */
export interface RoomkeyErrorOptions extends ErrorOptions {
  /** The plugin in which it happened. */
  readonly plugin?: string;
}

/**
 * The one error class. Match by `code`. The message says what happened, to what, and what to do
 * next, in words for the person at the keyboard; it never holds a secret.
 */
export class RoomkeyError extends Error {
  override readonly name = 'RoomkeyError';
  readonly code: ErrorCode;
  readonly plugin?: string;

  constructor(code: ErrorCode, message: string, options: RoomkeyErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.plugin !== undefined) this.plugin = options.plugin;
  }
}

/**
 * Whether something thrown is a Roomkey error with this code. By shape and not by class, so that
 * errors of a second copy of core are known too.
 */
export function hasCode(error: unknown, code: ErrorCode): error is RoomkeyError {
  return error instanceof Error && 'code' in error && error.code === code;
}
