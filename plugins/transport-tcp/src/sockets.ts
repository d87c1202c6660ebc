import { once } from 'node:events';
import { isIPv4, Socket, type OnReadOpts } from 'node:net';
import type { OperationOptions, TransportAddress } from '@roomkey/core';

/** Above this much unsent `send()` asks to wait. */
export const SEND_BUFFER_BYTES = 256 * 1_024;

const MAPPED = '::ffff:';

/**
 * Makes an accepted socket, on which nothing was read yet, read into `onread`. Node offers `onread`
 * for sockets that it dials and not for those that it accepts, so the handle moves to a new socket.
 * The media of a call come in on accepted sockets.
 */
export function adoptSocket(accepted: Socket, onread: OnReadOpts): Socket {
  const old = accepted as unknown as { _handle: object | null };
  // Neither `handle` nor `onread` is in the types of this constructor.
  const options: object = {
    handle: old._handle,
    onread,
    pauseOnCreate: true,
    writableHighWaterMark: SEND_BUFFER_BYTES,
  };
  old._handle = null;
  accepted.destroy(); // its server counts it no longer
  const socket = new Socket(options);
  socket.pause();
  return socket;
}

/**
 * Resolves when the socket has connected. Rejects with its error, `ETIMEDOUT` after the time limit,
 * or an `AbortError`; the socket is then destroyed.
 */
export async function waitForConnect(
  socket: Socket,
  timeoutMs: number,
  { signal }: OperationOptions,
): Promise<void> {
  // What a socket still says while it is being destroyed is not news.
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.destroy(systemError('ETIMEDOUT')), timeoutMs);
  try {
    await once(socket, 'connect', signal === undefined ? {} : { signal });
    // TCP's simultaneous open (RFC 9293, section 3.5): dialling a port of this machine on which
    // nobody listens can meet itself, where the system happens to dial from that same port.
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

/** The other end of a connected socket; `undefined` if it is gone already. */
export function remoteOf(socket: Socket): TransportAddress | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { host: normaliseHost(remoteAddress), port: remotePort };
}

/**
 * An IPv4 address that comes in through a dual-stack socket as `::ffff:192.0.2.1` (RFC 4291, section
 * 2.5.5.2) under the name that everybody else knows it by; other addresses as they are.
 */
export function normaliseHost(host: string): string {
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
