import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Ports that are tried; each is another one, since those before are held meanwhile. */
const MAX_TRIES = 16;

/** What listens, on the same port of one or two addresses. */
export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
}

/**
 * Listens on 127.0.0.1 and, where IPv6 is up, on ::1. A browser takes either for a name below
 * `localhost`, ::1 first; so a port of which another program has one of the two is not taken.
 *
 * @throws the system's error where there is no such port
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
