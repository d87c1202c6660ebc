import { BufferedListener, type Port } from '../messages/index.js';

/** What is done with a port of Node's or of Electron's, whose listeners get different things. */
export interface MessagePortLike {
  post(message: string | number | Uint8Array | null): void;
  /** Called once, before anything else; starts the port. */
  listen(onData: (data: unknown) => void, onClose: () => void): void;
  close(): void;
}

/**
 * A `Port` of a MessagePort. What is pending is counted by the sizes with which the other side
 * answers, and its end is known by its last word; see `Port`.
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
      // Electron says it to the other side, and not always.
      onClose();
    },
  };
}

function sizeOf(message: string | Uint8Array): number {
  return typeof message === 'string' ? message.length : message.byteLength;
}

/** A view without what lies around it, which would be copied to the other side as well. */
function ownMemory(message: string | Uint8Array): string | Uint8Array {
  return typeof message === 'string' || message.byteLength === message.buffer.byteLength
    ? message
    : message.slice();
}
