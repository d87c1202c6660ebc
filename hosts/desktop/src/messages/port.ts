/**
 * A message transport between a page and the app: a WebSocket or a MessagePort. Messages arrive
 * whole and in order; text is JSON, binary messages are described in `binary.ts`.
 *
 * Over a WebSocket (path `/port`) both sides first prove that they share a key (`PageKey`): the
 * page sends `{"key":id,"nonce":…}`, the app `{"nonce":…}`, the page `{"proof":…}` and the app
 * `{"proof":…}`. After that the socket is a port. A failed handshake closes it with a
 * `PageCloseCode`. The app then sends an empty text every two seconds as a heartbeat, and closes
 * the port with `PageCloseCode.closed`.
 *
 * A MessagePort does not report backpressure. So each side acknowledges every delivered message by
 * posting its size as a number: `byteLength` of a binary message, `length` of a text.
 * Unacknowledged messages count as pending.
 *
 * A MessagePort does not always report that the other side closed it. So each side posts `null`
 * before it closes. An unloading page need not: Electron reports that.
 */
export interface Port {
  /** Sends a message. Does nothing once the port is closed. */
  send(message: string | Uint8Array): void;
  /** Bytes sent but not yet transmitted or acknowledged: how far the other side is behind. */
  readonly pendingBytes: number;
  /** Sets the message listener, once. Earlier messages are queued for it. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /**
   * Calls `listener` once, when the other side is gone or `close` was called, even if that happened
   * earlier.
   */
  onClose(listener: () => void): void;
  /** Closes the port. Messages in flight to this side are dropped. Idempotent. */
  close(): void;
}
