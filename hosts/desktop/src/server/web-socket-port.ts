import type { WebSocket } from 'ws';
import { BufferedListener, PageCloseCode, type Port } from '../messages/index.js';

/** Wraps an authenticated WebSocket as a `Port`. */
export function webSocketPort(socket: WebSocket): Port {
  const incoming = new BufferedListener();
  socket.on('message', (data, isBinary) => incoming.deliver(messageOf(data as Buffer, isBinary)));

  return {
    get pendingBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    onMessage: (listener) => incoming.setListener(listener),
    onClose(listener) {
      if (socket.readyState === socket.CLOSED) queueMicrotask(listener);
      else socket.once('close', () => listener());
    },
    close() {
      incoming.close();
      socket.close(PageCloseCode.closed);
    },
  };
}

/** Converts a message of ws, which is a Buffer with its default `binaryType`. */
function messageOf(data: Buffer, isBinary: boolean): string | Uint8Array {
  return isBinary
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : data.toString('utf8');
}
