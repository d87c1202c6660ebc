import type { Hello, ProtocolOffer, RefuseReason, StreamOpen } from '../wire/control.js';
import type { IncomingStream, IncomingStreamSink } from './incoming-stream.js';
import type { OpenOptions } from './mux.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { TrafficClass } from './traffic-class.js';

/** A peer that speaks a protocol. */
export interface StreamPeer {
  /** What it can receive. */
  readonly hello: Hello;
  /**
   * Opens a stream of the protocol to it. Opening and ending are control messages, of which a side may
   * send 100 a second in all.
   *
   * @throws RangeError if 64 streams are open
   * @throws RoomkeyError `RK_CLOSED` if the peer is gone
   */
  open(options: StreamOptions): OutgoingStream;
  /**
   * Opens a stream on the other connection, for copies of units that are late on theirs.
   *
   * @returns undefined if there is one connection
   * @throws as `open`
   */
  openCopy(options: StreamOptions): OutgoingStream | undefined;
}

/** The properties of a stream of a protocol. */
export type StreamOptions = Omit<OpenOptions, 'protocol' | 'trafficClass'>;

/** The answer to a peer that opens a stream of a protocol. */
export type StreamAnswer =
  | {
      /** Creates the sink of its units. */
      readonly sink: (stream: IncomingStream) => IncomingStreamSink;
    }
  | { readonly refuse: RefuseReason };

/**
 * A protocol that a call carries: video, or one that a host adds. It lives as long as the call, and
 * peers come and go. Its methods are called synchronously.
 */
export interface StreamProtocol {
  /** Its entry in the hello: a name of 1 to 64 characters, at most 32 codecs; 64 entries in all. */
  readonly offer: ProtocolOffer;
  /** Of its streams in both directions. */
  readonly trafficClass: TrafficClass;
  /**
   * A peer that speaks the protocol, perhaps a new one: streams can be opened. Undefined: there is no
   * such peer any more; what was sent to it is lost, and its streams end, too.
   */
  connect(peer: StreamPeer | undefined): void;
  /**
   * A peer opens a stream, perhaps before `connect`.
   *
   * @param session says whether it is over, when the stream ends
   */
  onOpen(open: StreamOpen, session: { readonly isOver: boolean }): StreamAnswer;
}
