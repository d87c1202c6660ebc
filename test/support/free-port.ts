import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once, type EventEmitter } from 'node:events';
import { createServer } from 'node:net';

/** A UDP port that is free now, on all local addresses; see `freePort`. */
export function freeUdpPort(): Promise<number> {
  return freePort((port) => createSocket('udp4').bind(port, '0.0.0.0'));
}

/** A TCP port that is free now, on the loopback; see `freePort`. */
export function freeTcpPort(): Promise<number> {
  return freePort((port) => createServer().listen(port, '127.0.0.1'));
}

/**
 * A port that stays free until the test uses it. It is below the range of ephemeral ports, because the
 * system could assign one of those to a socket of another test meanwhile.
 */
async function freePort(
  hold: (port: number) => EventEmitter & { close(): unknown },
): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const holder = hold(port);
    try {
      await once(holder, 'listening');
    } catch {
      continue;
    }
    const closed = once(holder, 'close');
    holder.close();
    await closed;
    return port;
  }
}
