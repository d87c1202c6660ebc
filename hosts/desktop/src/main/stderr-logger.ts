import type { LogFields, Logger } from '@roomkey/core/host';

/** Logs warnings and errors to standard error; with `verbose`, all levels. */
export function stderrLogger(verbose: boolean): Logger {
  const write = (level: string, message: string, fields?: LogFields): void => {
    const more = verbose && fields !== undefined ? ` ${JSON.stringify(fields)}` : '';
    process.stderr.write(`${level}: ${message}${more}\n`);
  };
  const diagnose = (level: string) => (message: string, fields?: LogFields) => {
    if (verbose) write(level, message, fields);
  };
  return {
    debug: diagnose('debug'),
    info: diagnose('info'),
    warn: (message, fields) => write('warning', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}
