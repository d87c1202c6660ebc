import type { Cipher } from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { displayName } from '../util/display-name.js';
import { REKEY_LIMITS, TrafficEpoch, TWO_32, type RekeyLimits } from './traffic-epoch.js';

/** Content type of a record. */
export const RecordType = {
  data: 32,
  acknowledgement: 33,
  control: 34,
  ping: 35,
  route: 36,
  close: 37,
} as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** What a record's header says beside its place in the sequence. */
export interface RecordFields {
  readonly type: RecordType;
  /** Of data and acknowledgements, 1…65,535; else 0, the default. */
  readonly stream?: number;
  /** Of data: whether more fragments of the same unit follow. Default: false. */
  readonly hasMore?: boolean;
}

/** `u8 type ‖ u8 flags ‖ u16 stream ‖ u32 epoch ‖ u64 seq`. */
export const RECORD_HEADER_BYTES = 16;
/** The longest plaintext of a record: 16 KiB, so that what is urgent waits for no more than that. */
export const MAX_PLAINTEXT_BYTES = 16 * 1024;

/** The only flag: more fragments of the same unit follow. */
const FLAG_HAS_MORE = 1;

/** Clock and limits, replaced in tests. */
export interface RecordOptions {
  /** Monotonic clock, ms. */
  readonly now?: () => number;
  readonly limits?: RekeyLimits;
}

/** Seals the records of one direction of one connection. */
export class RecordSealer {
  readonly #now: () => number;
  readonly #limits: RekeyLimits;
  #epoch: TrafficEpoch | undefined;
  #seq = 0;

  /** @param secret the direction's first traffic secret, 64 bytes; copied */
  constructor(cipher: Cipher, secret: Uint8Array, options: RecordOptions = {}) {
    this.#now = options.now ?? monotonic;
    this.#limits = options.limits ?? REKEY_LIMITS;
    this.#epoch = new TrafficEpoch(cipher, Uint8Array.from(secret), 0, this.#now());
  }

  /**
   * Seals one record. The caller owns the returned parts: they can wait in a send buffer.
   *
   * @param plaintext at most 16 KiB in all
   * @throws RangeError for more; RoomkeyError `RK_CLOSED` after `erase()`
   */
  seal(
    { type, stream = 0, hasMore = false }: RecordFields,
    plaintext: readonly Uint8Array[],
  ): Uint8Array[] {
    let length = 0;
    for (const part of plaintext) length += part.length;
    if (length > MAX_PLAINTEXT_BYTES) {
      throw new RangeError(`A record takes ${MAX_PLAINTEXT_BYTES} bytes; ${length} were given.`);
    }
    const epoch = this.#currentEpoch();
    const seq = this.#seq;
    const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
    header.writeUInt32BE(type * 0x1000000 + (hasMore ? FLAG_HAS_MORE : 0) * 0x10000 + stream, 0);
    header.writeUInt32BE(epoch.number, 4);
    header.writeUInt32BE(Math.floor(seq / TWO_32), 8);
    header.writeUInt32BE(seq % TWO_32, 12);
    // Before sealing: even if it fails, this nonce is never reused.
    this.#seq = seq + 1;
    epoch.count(length);
    return [header, ...epoch.key.seal(epoch.nonce(seq), header, plaintext)];
  }

  /** Erases the secret; `seal` then throws. Idempotent. */
  erase(): void {
    this.#epoch?.erase();
    this.#epoch = undefined;
  }

  #currentEpoch(): TrafficEpoch {
    const epoch = this.#epoch;
    if (epoch === undefined) throw new RoomkeyError('RK_CLOSED', 'The call is over.');
    const now = this.#now();
    if (!epoch.needsRekey(this.#limits, 1, now)) return epoch;
    this.#epoch = epoch.next(now);
    epoch.erase();
    return this.#epoch;
  }
}

/** A record that was verified. */
export interface OpenedRecord extends Required<RecordFields> {
  /** In memory of its own. */
  readonly plaintext: Uint8Array;
}

/** Opens the records of one direction of one connection, each once and in order. */
export class RecordOpener {
  readonly #tagLength: number;
  readonly #now: () => number;
  readonly #limits: RekeyLimits;
  #epoch: TrafficEpoch | undefined;
  #seq = 0;

  /** @param secret the direction's first traffic secret, 64 bytes; copied */
  constructor(cipher: Cipher, secret: Uint8Array, options: RecordOptions = {}) {
    this.#tagLength = cipher.tagLength;
    this.#now = options.now ?? monotonic;
    this.#limits = options.limits ?? REKEY_LIMITS;
    this.#epoch = new TrafficEpoch(cipher, Uint8Array.from(secret), 0, this.#now());
  }

  /**
   * Verifies and decrypts one record. A failure erases the secret and refuses all further records:
   * the caller must cut the connection.
   *
   * @throws RoomkeyError `RK_RECORD_INVALID` on any mismatch; `RK_CLOSED` after `erase()`
   */
  open(message: Uint8Array): OpenedRecord {
    const current = this.#epoch;
    if (current === undefined) {
      throw new RoomkeyError('RK_CLOSED', 'The call is over; further records are refused.');
    }
    try {
      return this.#open(message, current);
    } catch (error) {
      this.erase();
      throw tampered(error);
    }
  }

  /** Erases the secret; `open` then throws. Idempotent. */
  erase(): void {
    this.#epoch?.erase();
    this.#epoch = undefined;
  }

  #open(message: Uint8Array, current: TrafficEpoch): OpenedRecord {
    const length = message.length - RECORD_HEADER_BYTES - this.#tagLength;
    if (length < 0) throw new Error('it is too short');
    if (length > MAX_PLAINTEXT_BYTES) throw new Error('it is too long');
    const header = new DataView(message.buffer, message.byteOffset, RECORD_HEADER_BYTES);
    const fields = readFields(header);
    const seq = this.#seq;
    if (header.getUint32(8) !== Math.floor(seq / TWO_32) || header.getUint32(12) !== seq % TWO_32) {
      throw new Error(`its sequence number is not ${seq}`);
    }

    const now = this.#now();
    const epoch = this.#epochOf(header.getUint32(4), current, now);
    let plaintext;
    try {
      const aad = message.subarray(0, RECORD_HEADER_BYTES);
      const sealed = message.subarray(RECORD_HEADER_BYTES);
      plaintext = epoch.key.open(epoch.nonce(seq), aad, sealed);
    } catch (cause) {
      if (epoch !== current) epoch.erase();
      throw new Error('its tag does not verify', { cause });
    }
    // Only a tag that verifies under the new key changes the epoch: no one else can trigger it.
    if (epoch !== current) {
      current.erase();
      this.#epoch = epoch;
    }
    this.#seq = seq + 1;
    epoch.count(length);
    return { ...fields, plaintext };
  }

  #epochOf(number: number, current: TrafficEpoch, now: number): TrafficEpoch {
    if (number === current.number + 1) return current.next(now);
    if (number !== current.number) throw new Error(`its epoch ${number} is not the expected one`);
    if (current.needsRekey(this.#limits, 2, now)) throw new Error('its key is used up');
    return current;
  }
}

/** Why a side ends the call (`docs/protocol.md`, Close). */
export const CloseCode = {
  /** The person left, and may come back. */
  leaving: 0,
  /** The room was deleted. */
  roomClosed: 1,
  /** The same person connected again; the newer connection replaces this one. */
  replaced: 2,
  /** A received record breaks the protocol. */
  protocolError: 3,
  /** A different identity was seen before under this name. */
  identityRefused: 4,
  /** A record does not verify. */
  tamperedError: 5,
  /** Someone else is in the room. */
  roomFull: 6,
  /** The host did not let the guest in. */
  declined: 7,
  /** Too many guests wait to be let in. */
  lobbyFull: 8,
} as const;

/** Content of a close record. */
export interface Close {
  /** A `CloseCode`, or an unknown code of a later version. */
  readonly code: number;
  /** Text for people; at most 200 bytes of UTF-8, without control characters. */
  readonly reason: string;
}

const MAX_REASON_BYTES = 200;

/** The plaintext of a close record: `u16 code ‖ lv reason`. Truncates a longer reason. */
export function encodeClose({ code, reason }: Close): Uint8Array {
  const text = new Uint8Array(MAX_REASON_BYTES);
  // encodeInto never writes half a character.
  const { written } = new TextEncoder().encodeInto(reason, text);
  const bytes = new Uint8Array(4 + written);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code);
  view.setUint16(2, written);
  bytes.set(text.subarray(0, written), 4);
  return bytes;
}

/** @throws RoomkeyError `RK_RECORD_INVALID` if malformed */
export function decodeClose(plaintext: Uint8Array): Close {
  const length = plaintext.length - 4;
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  if (length < 0 || length > MAX_REASON_BYTES || view.getUint16(2) !== length) {
    throw new RoomkeyError('RK_RECORD_INVALID', 'The other side sent a malformed close record.');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(plaintext.subarray(4));
    return { code: view.getUint16(0), reason: displayName(text) };
  } catch (cause) {
    throw new RoomkeyError(
      'RK_RECORD_INVALID',
      'The other side sent a close record whose reason is not UTF-8.',
      {
        cause,
      },
    );
  }
}

function readFields(header: DataView): Required<RecordFields> {
  const type = header.getUint8(0);
  const flags = header.getUint8(1);
  const stream = header.getUint16(2);
  if (!isRecordType(type)) throw new Error(`its type ${type} is unknown`);
  if ((flags & ~(type === RecordType.data ? FLAG_HAS_MORE : 0)) !== 0) {
    throw new Error('its flags are not those of its type');
  }
  const isOfStream = type === RecordType.data || type === RecordType.acknowledgement;
  if ((stream !== 0) !== isOfStream) throw new Error('its stream is not one of its type');
  return { type, stream, hasMore: flags === FLAG_HAS_MORE };
}

const recordTypes: ReadonlySet<number> = new Set(Object.values(RecordType));

function isRecordType(type: number): type is RecordType {
  return recordTypes.has(type);
}

function monotonic(): number {
  return performance.now();
}

/** The error that people see for any record that does not verify; the reason is in `cause`. */
export function tampered(cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    'Someone on the network may be changing data. The call was stopped.',
    { cause },
  );
}
