import { token } from './token.js';

/** What a log line says beside its message. Never a password, a key or a connection string. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where diagnostics go. A plugin gets one from its context whose lines bear the plugin's name; the
 * host decides what is printed. No method throws.
 */
export interface Logger {
  /** For the developer: printed only when asked for. */
  debug(message: string, fields?: LogFields): void;
  /** Something a person may want to know, such as which plugin was chosen. */
  info(message: string, fields?: LogFields): void;
  /**
   * Something went wrong and Roomkey goes on without it. With an error code as `fields.code` it is for
   * the person, who can do something about it and whom the sentence tells what: a host with a window
   * shows it there as well. With an error as `fields.error`, what that says is its details.
   */
  warn(message: string, fields?: LogFields): void;
  /** Something that was asked for could not be done. */
  error(message: string, fields?: LogFields): void;
}

export const Logger = token<Logger>('logger');
