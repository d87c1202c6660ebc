import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** Where a peer listens. */
export interface TransportAddress {
  /** An address, not a name: IPv4 dotted, or IPv6 with its zone where it needs one. */
  readonly host: string;
  /** 1…65,535. */
  readonly port: number;
}

/**
 * What a connection tells the one who uses it. Called synchronously, in order, and in bounded slices:
 * at most 1,024 messages in one turn of the event loop, whatever the peer sends, so that a flood on
 * one connection holds up neither timers nor other connections.
 */
export interface MessageReceiver {
  /**
   * One whole message. The bytes are lent: they are overwritten after the call returns, so what is
   * kept must be copied.
   */
  onMessage(message: Uint8Array): void;
  /**
   * The connection is over; called exactly once, and last. Without a reason the peer ended it after
   * a whole message; the reason is `RK_TRANSPORT_BROKEN` where it was cut or ended inside a message,
   * `RK_TRANSPORT_MESSAGE_TOO_LARGE` where a length above the limit came, and absent after an own
   * `close()`.
   */
  onEnd(reason?: Error): void;
}

/** A connection that carries whole messages, reliable and in order, both ways. Not encrypted. */
export interface Connection {
  /** The other end, for limits per address and for people; not proof of anything. */
  readonly remote: TransportAddress;
  /**
   * How many bytes have come from the peer so far, also of a message that is not whole yet. What
   * counts is that it grows: a large message on a slow link takes longer than a silence may.
   */
  readonly bytesReceived: number;
  /**
   * Who gets the messages; to be called once. Nothing is read, and no end reported, before.
   *
   * @throws RoomkeyError `RK_CLOSED` if it was called before or the connection is closed.
   */
  receive(receiver: MessageReceiver): void;
  /**
   * Sends the parts, joined, as one message. The parts must not be written to until `drained()`.
   *
   * @returns whether the send buffer has room; `false` asks the caller to await `drained()`. The
   * message is accepted in both cases. After the end it is dropped and `false` returned: `onEnd`
   * tells of it.
   */
  send(parts: readonly Uint8Array[]): boolean;
  /** Resolves when the send buffer has room again; rejects with `RK_CLOSED` once it is over. */
  drained(options?: OperationOptions): Promise<void>;
  /**
   * The largest message that is accepted from now on, in bytes, 0…2³²−1. It begins at 1,024. A larger length
   * ends the connection before a byte of the message is buffered.
   */
  setMaxMessageBytes(limit: number): void;
  /** Stops reading, so that the peer is slowed down. */
  pause(): void;
  /** Reads on after `pause()`. */
  resume(): void;
  /**
   * Ends the connection: what was sent is flushed for at most one second, then it is cut. Resolves
   * when it is gone; can be called twice.
   */
  close(): Promise<void>;
  /** Cuts the connection at once, without flushing. */
  abort(): void;
}

/** What `Transport.listen` takes. */
export interface ListenOptions extends OperationOptions {
  /** Called for every connection that comes in. A throw closes that connection and no other. */
  readonly onConnection: (connection: Connection) => void;
}

/** An open port. */
export interface Listener {
  /** The port that peers dial, 1…65,535. */
  readonly port: number;
  /** Stops listening; connections that were handed over live on. Can be called twice. */
  close(): Promise<void>;
}

/** How messages get from one machine to another. */
export interface Transport {
  /**
   * Listens on every interface, on a port of the system's choice or of the configuration's.
   *
   * @throws RoomkeyError `RK_TRANSPORT_LISTEN` where no port can be had.
   */
  listen(options: ListenOptions): Promise<Listener>;
  /**
   * Connects to a peer. Of a host with several addresses many are dialled at once, and all but one
   * aborted by their signals, which must leave no connection open.
   *
   * @throws RoomkeyError `RK_TRANSPORT_UNREACHABLE` where nobody answers there: refused, no route,
   * or nothing heard within the plugin's own time limit.
   */
  dial(address: TransportAddress, options?: OperationOptions): Promise<Connection>;
}

export const Transport = token<Transport>('transport');
