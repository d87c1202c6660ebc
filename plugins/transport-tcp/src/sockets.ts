import { once } from 'node:events';
import { isIPv4, type Socket } from 'node:net';
import type { OperationOptions, TransportAddress } from '@roomkey/core';

const MAPPED = '::ffff:';

/**
 * Resolves when the socket has connected. Rejects with its error, with `ETIMEDOUT` after the time
 * limit, or with an `AbortError`; the socket is then destroyed.
 */
export async function waitForConnect(
  socket: Socket,
  timeoutMs: number,
  { signal }: OperationOptions,
): Promise<void> {
  // Ignore errors while the socket is being destroyed.
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.destroy(systemError('ETIMEDOUT')), timeoutMs);
  try {
    await once(socket, 'connect', signal === undefined ? {} : { signal });
    // TCP's simultaneous open (RFC 9293, section 3.5): dialing a closed port of this machine can
    // connect to itself if the system picks that port as the source.
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    if (localPort === remotePort && localAddress === remoteAddress)
      throw systemError('ECONNREFUSED');
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The remote address of a connected socket; `undefined` if it is already gone. */
export function remoteOf(socket: Socket): TransportAddress | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { host: normalizeHost(remoteAddress), port: remotePort };
}

/**
 * Converts an IPv4-mapped address of a dual-stack socket, `::ffff:192.0.2.1` (RFC 4291, section
 * 2.5.5.2), to its IPv4 form, as used everywhere else; returns other addresses unchanged.
 */
export function normalizeHost(host: string): string {
  const last = host.slice(MAPPED.length);
  return host.toLowerCase().startsWith(MAPPED) && isIPv4(last) ? last : host;
}

/** For messages: `192.0.2.1 port 4800`. */
export function describeAddress({ host, port }: TransportAddress): string {
  return `${host} port ${port}`;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
