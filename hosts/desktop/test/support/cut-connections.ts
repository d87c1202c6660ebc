import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Open connections of servers in this process. */
const open = new Set<Socket>();

// https://nodejs.org/api/diagnostics_channel.html#net
subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  open.add(socket);
  socket.once('close', () => open.delete(socket));
});

/** Holds back a server's output, like a hanging program; `false` releases it. */
export function stall({ port }: { readonly port: number }, isSilent: boolean): void {
  for (const socket of open) {
    if (socket.localPort !== port) continue;
    if (isSilent) socket.cork();
    else socket.uncork();
  }
}

/** Cuts all connections to a server abruptly, like a broken network. */
export function cutConnections({ port }: { readonly port: number }): void {
  for (const socket of open) if (socket.localPort === port) socket.destroy();
}
