/**
 * What carries messages between a page and the app: a WebSocket or a MessagePort. Whole messages,
 * ordered; text is JSON, binary is what `binary.ts` describes.
 *
 * Over a WebSocket (path `/port`) both sides first prove that they have the same key (`PageKey`): the
 * page sends `{"key":id,"nonce":…}`, the app `{"nonce":…}`, the page `{"proof":…}` and the app
 * `{"proof":…}`; then it is a port. What fails is closed with a code of `PageClose`. From then on the
 * app sends an empty text every two seconds, by which the page sees that it still answers; and it
 * ends a port with the code `PageClose.closed`.
 *
 * A MessagePort does not say how far the other side is behind. So whoever has handed a message to its
 * listener posts a plain number: the size of that message, the `byteLength` of a binary and the
 * `length` of a text. What was sent and not answered so is pending.
 *
 * Nor does it always say that the other side has closed it. So whoever closes it posts `null` before,
 * as its last word; a page that is unloaded need not, for Electron tells of that.
 */
export interface Port {
  /** Sends a message; nothing happens after the end. */
  send(message: string | Uint8Array): void;
  /** Bytes that were sent and are not on their way yet: how far the other side is behind. */
  readonly pendingBytes: number;
  /** Called for every message; the listener is set once, and what came before waits for it. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  /** Called once, when the other side is gone or `close` was called; also where that was before. */
  onClose(listener: () => void): void;
  /** Ends it: what was on its way to here is not heard any more. Can be called twice. */
  close(): void;
}
