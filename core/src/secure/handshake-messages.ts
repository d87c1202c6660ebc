/**
 * The handshake's messages as bytes (`docs/protocol.md`, Handshake). That page calls them F1
 * (GuestHello), F2 (HostHello), F3 (GuestFinish), F4 (HostFinish), attach (bind request) and
 * attach-ok (bind response).
 */
import { hasCode } from '../errors/index.js';
import { ByteReader } from './byte-reader.js';
import { concat, equalBytes, lv, u16, u8, utf8 } from './bytes.js';
import { handshakeBusy, handshakeFailed, handshakeVersion } from './handshake-failure.js';
import type { RoomMode } from './room-parameters.js';

/** First byte of the messages that are sent in the clear. */
export const MessageType = {
  guestHello: 1,
  hostHello: 2,
  guestFinish: 3,
  hostFinish: 4,
  bindRequest: 6,
  bindResponse: 7,
  alert: 15,
} as const;

/** The only protocol version so far. */
export const PROTOCOL_VERSION = 1;
/** Of a person's name, in UTF-8. */
export const MAX_NAME_BYTES = 32;

const MAGIC = utf8('RKH1');
const MAX_SUITES = 16;
/** Above any cipher's output for the longest name; keeps every message below 1,024 bytes. */
const MAX_PROOF_BYTES = 512;

export interface GuestHello {
  /** Lowest and highest protocol version that the guest supports. */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The guest's suites, strictly descending. */
  readonly suites: readonly number[];
  readonly mode: number;
  readonly roomId: Uint8Array;
  readonly nonce: Uint8Array;
  readonly commitment: Uint8Array;
  /** Port on which the guest accepts the reverse connection; 0 for none. */
  readonly listenPort: number;
}

export interface HostHello {
  readonly version: number;
  readonly suite: number;
  readonly mode: number;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
  /** The host's CPace share; empty in rooms without a password. */
  readonly share: Uint8Array;
}

export interface GuestFinish {
  readonly ephemeral: Uint8Array;
  /** The guest's CPace share; empty in rooms without a password. */
  readonly share: Uint8Array;
  readonly confirmation: Uint8Array;
  readonly proof: Uint8Array;
}

export interface HostFinish {
  readonly confirmation: Uint8Array;
  readonly proof: Uint8Array;
}

export function encodeGuestHello(f1: GuestHello): Uint8Array {
  return concat(
    u8(MessageType.guestHello),
    MAGIC,
    u8(f1.minVersion),
    u8(f1.maxVersion),
    u8(f1.suites.length),
    ...f1.suites.map(u16),
    u8(f1.mode),
    f1.roomId,
    f1.nonce,
    f1.commitment,
    u16(f1.listenPort),
  );
}

/**
 * @throws RoomkeyError `RK_HANDSHAKE_VERSION` if the versions do not overlap, before reading
 * anything that a different version may lay out differently; a `RangeError` for malformed input
 */
export function parseGuestHello(message: Uint8Array): GuestHello {
  const reader = startReading(message, MessageType.guestHello);
  if (!equalBytes(reader.bytes(MAGIC.length), MAGIC)) throw new RangeError('not a handshake');
  const minVersion = reader.u8();
  const maxVersion = reader.u8();
  if (minVersion === 0 || minVersion > maxVersion) {
    throw new RangeError('the versions are out of range');
  }
  if (minVersion > PROTOCOL_VERSION || maxVersion < PROTOCOL_VERSION) {
    throw handshakeVersion('protocol version');
  }
  const f1 = {
    minVersion,
    maxVersion,
    suites: readSuites(reader),
    mode: reader.u8(),
    roomId: reader.bytes(16),
    nonce: reader.bytes(32),
    commitment: reader.bytes(32),
    listenPort: reader.u16(),
  };
  reader.end();
  return f1;
}

export function encodeHostHello(f2: HostHello): Uint8Array {
  return concat(
    u8(MessageType.hostHello),
    u8(f2.version),
    u16(f2.suite),
    u8(f2.mode),
    f2.nonce,
    f2.ephemeral,
    lv(f2.share),
  );
}

export function parseHostHello(message: Uint8Array): HostHello {
  const reader = startReading(message, MessageType.hostHello);
  const f2 = {
    version: reader.u8(),
    suite: reader.u16(),
    mode: reader.u8(),
    nonce: reader.bytes(32),
    ephemeral: reader.bytes(32),
    share: reader.lv(0, 32),
  };
  reader.end();
  return f2;
}

export function encodeGuestFinish(f3: GuestFinish): Uint8Array {
  return concat(
    u8(MessageType.guestFinish),
    f3.ephemeral,
    lv(f3.share),
    f3.confirmation,
    lv(f3.proof),
  );
}

export function parseGuestFinish(message: Uint8Array): GuestFinish {
  const reader = startReading(message, MessageType.guestFinish);
  const f3 = {
    ephemeral: reader.bytes(32),
    share: reader.lv(0, 32),
    confirmation: reader.bytes(32),
    proof: reader.lv(0, MAX_PROOF_BYTES),
  };
  reader.end();
  return f3;
}

export function encodeHostFinish(f4: HostFinish): Uint8Array {
  return concat(u8(MessageType.hostFinish), f4.confirmation, lv(f4.proof));
}

export function parseHostFinish(message: Uint8Array): HostFinish {
  const reader = startReading(message, MessageType.hostFinish);
  const f4 = { confirmation: reader.bytes(32), proof: reader.lv(0, MAX_PROOF_BYTES) };
  reader.end();
  return f4;
}

const alertCodes = { version: 1, busy: 2, failed: 3 } as const;
/** Why a handshake ended. */
export type Alert = keyof typeof alertCodes;

/** The last message of a handshake that failed, 2 bytes. */
export function encodeAlert(alert: Alert): Uint8Array {
  return concat(u8(MessageType.alert), u8(alertCodes[alert]));
}

/** The alert to send for an error. */
export function alertFor(error: unknown): Alert {
  if (hasCode(error, 'RK_HANDSHAKE_VERSION')) return 'version';
  return hasCode(error, 'RK_HANDSHAKE_BUSY') ? 'busy' : 'failed';
}

/**
 * Throws the error that an alert stands for; does nothing for other messages. Alerts are not
 * authenticated: like cutting the connection, they can only end a handshake.
 *
 * @param mode of the room
 */
export function throwIfAlert(message: Uint8Array, mode: RoomMode): void {
  if (message[0] !== MessageType.alert) return;
  if (message.length === 2 && message[1] === alertCodes.version) {
    throw handshakeVersion('protocol version or cipher');
  }
  if (message.length === 2 && message[1] === alertCodes.busy) {
    throw handshakeBusy(mode);
  }
  throw handshakeFailed(mode);
}

function startReading(message: Uint8Array, type: number): ByteReader {
  const reader = new ByteReader(message);
  if (reader.u8() !== type) throw new RangeError('unexpected message type');
  return reader;
}

function readSuites(reader: ByteReader): number[] {
  const count = reader.u8();
  if (count === 0 || count > MAX_SUITES) throw new RangeError('the number of suites is wrong');
  const suites = Array.from({ length: count }, () => reader.u16());
  suites.forEach((suite, index) => {
    const before = suites[index - 1];
    if (suite === 0 || (before !== undefined && suite >= before)) {
      throw new RangeError('the suites are not in order');
    }
  });
  return suites;
}
