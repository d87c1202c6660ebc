import type { LogFields, Logger } from '@roomkey/core/host';

/** Writes to standard error: warnings and errors, with `verbose` everything. */
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
