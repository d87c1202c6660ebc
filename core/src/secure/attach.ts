/** How connection 2 is tied to a session (`docs/protocol.md`, Connection 2). */
import { randomBytes } from 'node:crypto';
import { concat, equalBytes, u8, utf8 } from './bytes.js';
import { handshakeFailed } from './handshake-failure.js';
import { MessageType } from './handshake-messages.js';
import { hmacSha512 } from './kdf.js';
import type { Session } from './session.js';

type AttachSession = Pick<Session, 'sessionId' | 'attachKey'>;

/**
 * The host's first message on connection 2: 65 bytes.
 *
 * @param nonce 16 bytes; given for test vectors only
 */
export function createAttach(
  session: AttachSession,
  nonce: Uint8Array = randomBytes(16),
): Uint8Array {
  const proof = mac(session, 'attach', nonce);
  return concat(u8(MessageType.attach), session.sessionId, nonce, proof);
}

/**
 * The guest's check of what comes in where it waits for connection 2. It accepts once: a message
 * that fails uses up nothing, so that a stranger who dials first cannot keep the host out.
 */
export class AttachVerifier {
  readonly #session: AttachSession;
  #open = true;

  constructor(session: AttachSession) {
    this.#session = session;
  }

  /**
   * @returns the answer to send, 33 bytes
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED` where the message is not the session's attach, or
   * comes after one that was accepted or after `close()`
   */
  verify(message: Uint8Array): Uint8Array {
    const nonce = this.#open ? readAttach(this.#session, message) : undefined;
    if (nonce === undefined) throw handshakeFailed();
    this.#open = false;
    return concat(u8(MessageType.attachOk), mac(this.#session, 'attach-ok', nonce));
  }

  /** Accepts nothing any more: the time is over, or the host said that connection 1 carries all. */
  close(): void {
    this.#open = false;
  }
}

/**
 * The host's check of the answer to its attach.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED` where it is not the guest's answer to this request
 */
export function verifyAttachOk(
  session: AttachSession,
  request: Uint8Array,
  answer: Uint8Array,
): void {
  const nonce = request.subarray(17, 33);
  const expected = concat(u8(MessageType.attachOk), mac(session, 'attach-ok', nonce));
  if (!equalBytes(answer, expected)) throw handshakeFailed();
}

/** The nonce of a valid attach. */
function readAttach(session: AttachSession, message: Uint8Array): Uint8Array | undefined {
  if (message.length !== 65 || message[0] !== MessageType.attach) return undefined;
  const nonce = message.subarray(17, 33);
  return equalBytes(message, createAttach(session, nonce)) ? nonce : undefined;
}

function mac(session: AttachSession, label: 'attach' | 'attach-ok', nonce: Uint8Array): Uint8Array {
  const { attachKey, sessionId } = session;
  return hmacSha512(attachKey, utf8(`roomkey/1 ${label}`), sessionId, nonce).slice(0, 32);
}
