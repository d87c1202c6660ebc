import type { ErrorCode } from './codes.js';

/** Optional fields of an error. */
export interface RoomkeyErrorOptions extends ErrorOptions {
  /** The plugin that failed. */
  readonly plugin?: string;
}

/**
 * The only error class. Match by `code`. The message is for the person at the keyboard: what
 * happened, to what, and what to do next. It never contains a secret.
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
 * Whether a thrown value is a Roomkey error with this code. Checks the shape, not the class, so
 * that errors of a second copy of core match too.
 */
export function hasCode(error: unknown, code: ErrorCode): error is RoomkeyError {
  return error instanceof Error && 'code' in error && error.code === code;
}
