import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Attempts to find a port. Each tries a different port, since the earlier ones stay open meanwhile.
 */
const MAX_TRIES = 16;

/** Servers that listen on the same port of one or two addresses. */
export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
}

/**
 * Listens on 127.0.0.1 and, if IPv6 is available, on ::1. A browser may use either for a name below
 * `localhost`, ::1 first; so a port is not used if another program holds it on one of the two.
 *
 * @throws the system's error if no such port is available
 */
export async function listenOnLoopback(): Promise<Listening> {
  const held: Server[] = [];
  try {
    for (let tries = 1; ; tries += 1) {
      const four = await listen('127.0.0.1', 0);
      const { port } = four.address() as AddressInfo;
      try {
        return { servers: [four, await listen('::1', port)], port };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [four], port };
        held.push(four);
        if (code !== 'EADDRINUSE' || tries === MAX_TRIES) throw error;
      }
    }
  } finally {
    for (const server of held) server.close();
  }
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: 8 * 1024 });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
