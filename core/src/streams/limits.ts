/** The exact size of every fragment of a unit except the last, bytes. */
export const FRAGMENT_BYTES = 16 * 1024;

/** The number of open streams of one side. */
export const MAX_STREAMS = 64;

/** The number of control messages that a peer may send in a second. */
export const MAX_CONTROL_RATE = 100;

/** The size of the unfinished units of all streams of a peer, bytes. */
export const MAX_UNFINISHED_BYTES = 4 * 1024 * 1024;

/** Units of a `latest` stream that may be sent and not consumed, whatever the round trip. */
export const UNCONSUMED_UNITS = 8;

/** Bytes of an `ordered` stream that may be received and not consumed: twice the largest unit. */
export const UNCONSUMED_BYTES = 2 * 1024 * 1024;

/** An acknowledgement is due after this number of data bytes on a connection, even within a unit. */
export const ACKNOWLEDGE_BYTES = 32 * 1024;
