/** Every fragment of a unit but its last one has exactly so many bytes. */
export const FRAGMENT_BYTES = 16 * 1024;

/** Streams of one side that may be open at a time. */
export const MAX_STREAMS = 64;

/** Control messages a second that a peer may send. */
export const MAX_CONTROL_RATE = 100;

/** Bytes of unfinished units of all streams of a peer. */
export const MAX_UNFINISHED_BYTES = 4 * 1024 * 1024;

/** Units of a `latest` stream that may be sent and not consumed, whatever the round trip. */
export const UNCONSUMED_UNITS = 8;

/** Bytes of an `ordered` stream that may be received and not consumed: twice the largest unit. */
export const UNCONSUMED_BYTES = 2 * 1024 * 1024;

/** An acknowledgement is due after so many bytes of data on a connection, also inside a unit. */
export const ACKNOWLEDGE_BYTES = 32 * 1024;
