import type { Logger, Transport } from '@roomkey/core';
import { configSchema, type TcpConfig } from '../src/config.js';
import { tcpTransport } from '../src/index.js';

/** Records log lines as `level message`. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}

export function createTransport(
  config: Partial<TcpConfig> = {},
  log = new RecordingLogger(),
): Transport {
  return tcpTransport(configSchema.parse(config), log);
}
