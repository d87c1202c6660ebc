import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** The connections that servers of this process have. */
const open = new Set<Socket>();

// https://nodejs.org/api/diagnostics_channel.html#net
subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  open.add(socket);
  socket.once('close', () => open.delete(socket));
});

/** Keeps back what a server says, as a program that hangs does; `false`: it comes after all. */
export function stall({ port }: { readonly port: number }, isSilent: boolean): void {
  for (const socket of open) {
    if (socket.localPort !== port) continue;
    if (isSilent) socket.cork();
    else socket.uncork();
  }
}

/** Cuts all connections to a server without a word, as where a network or a program breaks. */
export function cutConnections({ port }: { readonly port: number }): void {
  for (const socket of open) if (socket.localPort === port) socket.destroy();
}
