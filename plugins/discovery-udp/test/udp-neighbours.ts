import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from '@roomkey/core';
import { UdpDiscovery } from '../src/udp-discovery.js';

/** Keeps what is logged. */
export class MemoryLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string }[] = [];
  readonly debug = (message: string) => void this.lines.push({ level: 'debug', message });
  readonly info = (message: string) => void this.lines.push({ level: 'info', message });
  readonly warn = (message: string) => void this.lines.push({ level: 'warn', message });
  readonly error = (message: string) => void this.lines.push({ level: 'error', message });
}

/**
 * A UDP port that is free now: each test has one of its own, so none hears another's beacons. Below
 * the ports that systems give out by themselves, or a socket of another test might be given it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4').bind(randomInt(20_000, 32_000), '0.0.0.0');
    try {
      await once(socket, 'listening');
    } catch {
      continue;
    }
    const { port } = socket.address();
    const closed = once(socket, 'close');
    socket.close();
    await closed;
    return port;
  }
}

/** Instances that hear each other, as several processes on one machine. */
export class UdpNeighbours {
  readonly port: number;
  readonly logger = new MemoryLogger();
  readonly #intervalMs: number;
  readonly #started: UdpDiscovery[] = [];

  private constructor(port: number, intervalMs: number) {
    this.port = port;
    this.#intervalMs = intervalMs;
  }

  static async open(intervalMs = 3_600_000): Promise<UdpNeighbours> {
    return new UdpNeighbours(await freePort(), intervalMs);
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
