/**
 * What carries messages between a page and the app: a WebSocket or a MessagePort. Whole messages,
 * ordered; text is JSON, binary is what `binary.ts` describes.
 */
export interface Port {
  /** Sends a message; nothing happens after the end. */
  send(message: string | Uint8Array): void;
  /** Bytes that were sent and are not on their way yet: how far the other side is behind. */
  readonly pendingBytes: number;
  /** Called for every message; the listener is set once, and what came before waits for it. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /** Called once, when the other side is gone or `close` was called. */
  onClose(listener: () => void): void;
  /** Ends it; can be called twice. */
  close(): void;
}
