/**
 * Why the transport closed: the app refused this page, its token had expired, or the app has ended.
 */
export type CloseReason = 'refused' | 'expired' | 'gone';

/** Events of a transport. */
export interface ClientTransportEvents {
  /** Connected as a new page: for the first time, or after a break. */
  onOpen(): void;
  onMessage(message: string | Uint8Array): void;
  /** The app missed its heartbeats, or answers again; no messages were lost. */
  onSilence(isSilent: boolean): void;
  /** The connection broke: unanswered requests are lost. The transport reconnects. */
  onBreak(): void;
  /** Closed for good. Called once. */
  onClose(reason: CloseReason): void;
}

/** Transports messages between this page and the app. */
export interface ClientTransport {
  /** Sends a message. Does nothing while disconnected. */
  send(message: string | Uint8Array): void;
}
