import type { LogFields, Logger } from '../contracts/logger.js';

/** A logger that adds these fields to every line. */
export function scopedLogger(logger: Logger, scope: LogFields): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      logger[level](message, { ...scope, ...fields });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
