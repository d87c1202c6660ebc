import { token } from './token.js';

/** Fields of a log line besides its message. Never a password, a key or a connection string. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Receives diagnostics. A plugin's logger adds the plugin's name to every line; the host decides
 * what is printed. No method throws.
 */
export interface Logger {
  /** For developers: printed only on request. */
  debug(message: string, fields?: LogFields): void;
  /** Information for the user, such as the chosen plugin. */
  info(message: string, fields?: LogFields): void;
  /**
   * Something failed and Roomkey continues without it. With an error code in `fields.code` the
   * sentence tells the user what to do, and a host with a window shows it there too. An error in
   * `fields.error` provides the details.
   */
  warn(message: string, fields?: LogFields): void;
  /** A requested operation failed. */
  error(message: string, fields?: LogFields): void;
}

export const Logger = token<Logger>('logger');
