/** What a receiver says of a stream, and of the connection that carries it. */
export interface Acknowledgement {
  /** How many units of the stream were received in whole; modulo 2³². */
  readonly received: number;
  /** How many of them were drawn, played, written, or skipped on purpose; modulo 2³². */
  readonly consumed: number;
  /**
   * Up to where the sender may send: units since the stream began in `video/1`, bytes of units in
   * ordered protocols. It only grows.
   */
  readonly limit: number;
  /** Plaintext bytes of data records that were received on this connection. */
  readonly connectionBytes: number;
  /** When the newest of those bytes came: milliseconds since 1970 by the receiver's clock. */
  readonly arrivedAt: number;
}

const ACKNOWLEDGEMENT_BYTES = 32;

/** `u32 received ‖ u32 consumed ‖ u64 limit ‖ u64 connection bytes ‖ u64 arrived, µs`. */
export function encodeAcknowledgement(acknowledgement: Acknowledgement): Uint8Array {
  const bytes = new Uint8Array(ACKNOWLEDGEMENT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, acknowledgement.received);
  view.setUint32(4, acknowledgement.consumed);
  view.setBigUint64(8, BigInt(acknowledgement.limit));
  view.setBigUint64(16, BigInt(acknowledgement.connectionBytes));
  view.setBigUint64(24, BigInt(Math.round(acknowledgement.arrivedAt * 1000)));
  return bytes;
}

/** @throws RangeError where it is malformed */
export function decodeAcknowledgement(bytes: Uint8Array): Acknowledgement {
  if (bytes.length !== ACKNOWLEDGEMENT_BYTES) throw new RangeError('a malformed acknowledgement');
  const view = new DataView(bytes.buffer, bytes.byteOffset, ACKNOWLEDGEMENT_BYTES);
  const limit = Number(view.getBigUint64(8));
  const connectionBytes = Number(view.getBigUint64(16));
  if (!Number.isSafeInteger(limit) || !Number.isSafeInteger(connectionBytes)) {
    throw new RangeError('an acknowledgement of more than can be sent');
  }
  return {
    received: view.getUint32(0),
    consumed: view.getUint32(4),
    limit,
    connectionBytes,
    arrivedAt: Number(view.getBigUint64(24)) / 1000,
  };
}
