import { BufferedListener, type Port } from '../messages/index.js';

/**
 * The common part of Node.js's and Electron's message ports, whose listeners get different
 * arguments.
 */
export interface MessagePortLike {
  post(message: string | number | Uint8Array | null): void;
  /** Called once, first; starts the port. */
  listen(onData: (data: unknown) => void, onClose: () => void): void;
  close(): void;
}

/**
 * Wraps a MessagePort as a `Port`. Pending bytes are counted by the sizes that the other side
 * acknowledges, and `null` ends the port; see `Port`.
 */
export function messagePort(end: MessagePortLike): Port {
  let pendingBytes = 0;
  let isClosed = false;
  const incoming = new BufferedListener();
  const closeListeners: (() => void)[] = [];

  const onData = (data: unknown): void => {
    if (data === null) onClose();
    else if (typeof data === 'number') pendingBytes = Math.max(0, pendingBytes - data);
    else if (typeof data === 'string' || data instanceof Uint8Array) incoming.deliver(data);
  };
  const onClose = (): void => {
    isClosed = true;
    for (const listener of closeListeners.splice(0)) listener();
  };
  end.listen(onData, onClose);

  return {
    get pendingBytes() {
      return pendingBytes;
    },
    send(message) {
      if (isClosed) return;
      pendingBytes += sizeOf(message);
      end.post(ownMemory(message));
    },
    onMessage(listener) {
      incoming.setListener((message) => {
        listener(message);
        if (!isClosed) end.post(sizeOf(message));
      });
    },
    onClose(listener) {
      if (isClosed) queueMicrotask(listener);
      else closeListeners.push(listener);
    },
    close() {
      if (isClosed) return;
      incoming.close();
      end.post(null);
      end.close();
      // Electron tells the other side too, but not always.
      onClose();
    },
  };
}

function sizeOf(message: string | Uint8Array): number {
  return typeof message === 'string' ? message.length : message.byteLength;
}

/** Copies a view on a larger buffer, since the whole buffer would be transferred. */
function ownMemory(message: string | Uint8Array): string | Uint8Array {
  return typeof message === 'string' || message.byteLength === message.buffer.byteLength
    ? message
    : message.slice();
}
