import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** The address on which a peer listens. */
export interface TransportAddress {
  /** An IP address, not a name: IPv4 dotted, or IPv6 with its zone if needed. */
  readonly host: string;
  /** 1…65,535. */
  readonly port: number;
}

/**
 * Receives the messages of a connection. Called synchronously, in order, at most 1,024 messages per
 * turn of the event loop, so that a flood on one connection delays neither timers nor other
 * connections.
 */
export interface MessageReceiver {
  /** One whole message. The bytes are valid only during the call: copy what you keep. */
  onMessage(message: Uint8Array): void;
  /**
   * The connection ended; called exactly once, and last. `reason` is absent if the peer ended it
   * after a whole message, or after an own `close()`; `RK_TRANSPORT_BROKEN` if it was cut or ended
   * inside a message; `RK_TRANSPORT_MESSAGE_TOO_LARGE` if a length exceeded the limit.
   */
  onEnd(reason?: Error): void;
}

/** A reliable, ordered connection for whole messages in both directions. Not encrypted. */
export interface Connection {
  /** The remote address, for per-address limits and for people; not authenticated. */
  readonly remote: TransportAddress;
  /**
   * Bytes received so far, including those of an incomplete message. Its growth shows that the peer
   * is alive: on a slow link a large message may take longer than the silence limit.
   */
  readonly bytesReceived: number;
  /**
   * Sets the receiver; call it once. Before that nothing is read and no end reported.
   *
   * @throws RoomkeyError `RK_CLOSED` if it was called before or the connection is closed
   */
  receive(receiver: MessageReceiver): void;
  /**
   * Sends the joined parts as one message. Do not write to the parts until `drained()`.
   *
   * @returns whether the send buffer has room; after `false`, await `drained()`. The message is
   * accepted in both cases. After the end it is dropped and `false` returned; `onEnd` reports the
   * end.
   */
  send(parts: readonly Uint8Array[]): boolean;
  /** Resolves when the send buffer has room; rejects with `RK_CLOSED` after the end. */
  drained(options?: OperationOptions): Promise<void>;
  /**
   * Sets the largest accepted message, bytes, 0…2³²−1; initially 1,024. A larger length ends the
   * connection before any byte of the message is buffered.
   */
  setMaxMessageBytes(limit: number): void;
  /** Stops reading, which slows the peer down. */
  pause(): void;
  /** Resumes reading after `pause()`. */
  resume(): void;
  /**
   * Ends the connection after flushing for at most one second, then cuts it. Resolves when it is
   * closed; idempotent.
   */
  close(): Promise<void>;
  /** Cuts the connection at once, without flushing. */
  abort(): void;
}

/** Options of `Transport.listen`. */
export interface ListenOptions extends OperationOptions {
  /** Called for every accepted connection. A throw closes that connection only. */
  readonly onConnection: (connection: Connection) => void;
}

/** A listening port. */
export interface Listener {
  /** The port that peers dial, 1…65,535. */
  readonly port: number;
  /** Stops listening; accepted connections stay open. Idempotent. */
  close(): Promise<void>;
}

/** Carries messages between machines. */
export interface Transport {
  /**
   * Listens on every interface, on a port chosen by the system or the configuration.
   *
   * @throws RoomkeyError `RK_TRANSPORT_LISTEN` if no port is available
   */
  listen(options: ListenOptions): Promise<Listener>;
  /**
   * Connects to a peer. Callers dial several addresses of a host at once and abort all but one by
   * their signals; an aborted dial must leave no connection open.
   *
   * @throws RoomkeyError `RK_TRANSPORT_UNREACHABLE` if no one answers: refused, no route, or no
   * answer within the plugin's time limit
   */
  dial(address: TransportAddress, options?: OperationOptions): Promise<Connection>;
}

export const Transport = token<Transport>('transport');
