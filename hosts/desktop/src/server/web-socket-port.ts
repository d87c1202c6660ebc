import type { WebSocket } from 'ws';
import type { Port } from '../messages/index.js';

/** A `Port` of a WebSocket that was let in. */
export function webSocketPort(socket: WebSocket): Port {
  let waiting: (string | Uint8Array)[] = [];
  let deliver = (message: string | Uint8Array): void => void waiting.push(message);
  socket.on('message', (data, isBinary) => deliver(messageOf(data as Buffer, isBinary)));

  return {
    get pendingBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    onMessage(listener) {
      deliver = listener;
      const before = waiting;
      waiting = [];
      for (const message of before) listener(message);
    },
    onClose(listener) {
      if (socket.readyState === socket.CLOSED) queueMicrotask(listener);
      else socket.once('close', () => listener());
    },
    close() {
      deliver = () => undefined;
      socket.close(1000);
    },
  };
}

/** What ws gives (with its default `binaryType`, a Buffer) as what a port gives. */
function messageOf(data: Buffer, isBinary: boolean): string | Uint8Array {
  return isBinary
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : data.toString('utf8');
}
