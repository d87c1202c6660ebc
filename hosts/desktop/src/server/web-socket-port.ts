import type { WebSocket } from 'ws';
import { Mailbox, PageClose, type Port } from '../messages/index.js';

/** A `Port` of a WebSocket that was let in. */
export function webSocketPort(socket: WebSocket): Port {
  const mailbox = new Mailbox();
  socket.on('message', (data, isBinary) => mailbox.put(messageOf(data as Buffer, isBinary)));

  return {
    get pendingBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    onMessage: (listener) => mailbox.listen(listener),
    onClose(listener) {
      if (socket.readyState === socket.CLOSED) queueMicrotask(listener);
      else socket.once('close', () => listener());
    },
    close() {
      mailbox.close();
      socket.close(PageClose.closed);
    },
  };
}

/** What ws gives (with its default `binaryType`, a Buffer) as what a port gives. */
function messageOf(data: Buffer, isBinary: boolean): string | Uint8Array {
  return isBinary
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : data.toString('utf8');
}
