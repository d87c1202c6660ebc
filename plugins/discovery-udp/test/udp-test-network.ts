import type { Logger } from '@roomkey/core';
import { freeUdpPort } from '../../../test/support/free-port.js';
import { UdpDiscovery } from '../src/udp-discovery.js';

/** Records log lines. */
export class MemoryLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string }[] = [];
  readonly debug = (message: string) => void this.lines.push({ level: 'debug', message });
  readonly info = (message: string) => void this.lines.push({ level: 'info', message });
  readonly warn = (message: string) => void this.lines.push({ level: 'warn', message });
  readonly error = (message: string) => void this.lines.push({ level: 'error', message });
}

/** Instances that reach each other, like several processes on one machine. */
export class UdpTestNetwork {
  readonly port: number;
  readonly logger = new MemoryLogger();
  readonly #intervalMs: number;
  readonly #started: UdpDiscovery[] = [];

  private constructor(port: number, intervalMs: number) {
    this.port = port;
    this.#intervalMs = intervalMs;
  }

  static async open(intervalMs = 3_600_000): Promise<UdpTestNetwork> {
    return new UdpTestNetwork(await freeUdpPort(), intervalMs);
  }

  start(): UdpDiscovery {
    const config = { port: this.port, intervalMs: this.#intervalMs };
    const discovery = new UdpDiscovery(config, this.logger);
    this.#started.push(discovery);
    return discovery;
  }

  async close(): Promise<void> {
    await Promise.all(this.#started.map((discovery) => discovery.close()));
  }
}
