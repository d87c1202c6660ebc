import type { LogFields, Logger } from '@roomkey/core/host';
import type { Failure } from './failure.js';

/** Where output goes; a part of `NodeJS.WriteStream`. */
export interface Sink {
  write(text: string): unknown;
}

/** The options of `Output`. */
export interface OutputOptions {
  /** Results are JSON on `out`, and nothing else goes there. */
  readonly json: boolean;
  /** Diagnostics of all levels are printed, not only warnings and errors. */
  readonly verbose: boolean;
  readonly out: Sink;
  readonly err: Sink;
}

/**
 * The output of a command. A result goes to standard output: as text for people, with `--json` as one
 * document per line. Everything else, such as progress, warnings and errors, goes to standard error.
 */
export class Output implements Logger {
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  get json(): boolean {
    return this.#options.json;
  }

  /** The command's result, or one of a stream of results. */
  result(document: unknown, text: string): void {
    const { json, out } = this.#options;
    out.write(json ? `${JSON.stringify(document)}\n` : `${printable(text)}\n`);
  }

  /** A line for the person at the terminal: progress, or what to do next. */
  note(text: string): void {
    this.#options.err.write(`${printable(text)}\n`);
  }

  /** Why the command failed. With JSON also a sentence on standard error, for a person who pipes it. */
  failure({ code, message, stack }: Failure): void {
    const { json, out, verbose } = this.#options;
    if (json) out.write(`${JSON.stringify({ error: { code, message } })}\n`);
    this.note(`error: ${message}`);
    if (stack === undefined) return;
    if (verbose) this.note(stack);
    else this.note('This is a bug. Run the command again with --verbose, and report its output.');
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#options.verbose) this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    if (this.#options.verbose) this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warning', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  #log(level: string, message: string, fields?: LogFields): void {
    const more = this.#options.verbose && fields !== undefined ? ` ${describe(fields)}` : '';
    this.note(`${level}: ${message}${more}`);
  }
}

const nothing = (): void => undefined;

/** Drops every line. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};

/** Text without control characters, with which a name from elsewhere could drive the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '');
}

function describe(fields: LogFields): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Error ? value.message : value,
  );
}

/** Rows in columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
