/**
 * Why there is no way to the app: it did not let this page in, the token of its address was too old,
 * or the app has ended.
 */
export type CloseReason = 'refused' | 'expired' | 'gone';

/** What a carrier tells the client. */
export interface ClientTransportEvents {
  /** The app takes messages, as from a page that it never saw: the first time, and after a break. */
  onOpen(): void;
  onMessage(message: string | Uint8Array): void;
  /** The app says nothing, though it should; or it does again, and nothing was lost. */
  onSilence(isSilent: boolean): void;
  /** What was sent and not answered is lost; the carrier tries to open again. */
  onBreak(): void;
  /** It is over. Called once. */
  onClose(reason: CloseReason): void;
}

/** Carries messages between this page and the app. */
export interface ClientTransport {
  /** Sends a message; nothing happens while there is no way to the app. */
  send(message: string | Uint8Array): void;
}
