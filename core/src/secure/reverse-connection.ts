/**
 * Binds the reverse connection, which the host dials back, to a session (`docs/protocol.md`,
 * Connection 2, where the two messages are called attach and attach-ok).
 */
import { randomBytes } from 'node:crypto';
import type { RoomkeyError } from '../errors/index.js';
import { concat, equalBytes, u8, utf8 } from './bytes.js';
import { handshakeFailed } from './handshake-failure.js';
import { MessageType } from './handshake-messages.js';
import { hmacSha512 } from './kdf.js';
import type { SecurityContext } from './security-context.js';

type BindContext = Pick<SecurityContext, 'sessionId' | 'bindKey'>;

/**
 * The host's first message on the reverse connection: 65 bytes.
 *
 * @param nonce 16 bytes; passed for test vectors only
 */
export function createBindRequest(
  security: BindContext,
  nonce: Uint8Array = randomBytes(16),
): Uint8Array {
  const proof = mac(security, 'attach', nonce);
  return concat(u8(MessageType.bindRequest), security.sessionId, nonce, proof);
}

/**
 * Checks the requests that reach the guest's listening port. Accepts one. A request that fails uses
 * up nothing, so a stranger who dials first cannot keep the host out.
 */
export class BindRequestVerifier {
  readonly #security: BindContext;
  #open = true;

  constructor(security: BindContext) {
    this.#security = security;
  }

  /**
   * @returns the response to send, 33 bytes
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED` if the request does not belong to the session, or
   * arrives after an accepted one or after `close()`
   */
  verify(message: Uint8Array): Uint8Array {
    const nonce = this.#open ? readBindRequest(this.#security, message) : undefined;
    if (nonce === undefined) throw bindFailed();
    this.#open = false;
    return concat(u8(MessageType.bindResponse), mac(this.#security, 'attach-ok', nonce));
  }

  /**
   * Rejects all further requests: the time is up, or the host said that connection 1 carries
   * everything.
   */
  close(): void {
    this.#open = false;
  }
}

/**
 * Checks the guest's response.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED` if it does not answer this request
 */
export function verifyBindResponse(
  security: BindContext,
  request: Uint8Array,
  answer: Uint8Array,
): void {
  const nonce = request.subarray(17, 33);
  const expected = concat(u8(MessageType.bindResponse), mac(security, 'attach-ok', nonce));
  if (!equalBytes(answer, expected)) throw bindFailed();
}

/** The password was checked on the first connection. */
function bindFailed(): RoomkeyError {
  return handshakeFailed(0);
}

/** The nonce of a valid request. */
function readBindRequest(security: BindContext, message: Uint8Array): Uint8Array | undefined {
  if (message.length !== 65 || message[0] !== MessageType.bindRequest) return undefined;
  const nonce = message.subarray(17, 33);
  return equalBytes(message, createBindRequest(security, nonce)) ? nonce : undefined;
}

function mac(security: BindContext, label: 'attach' | 'attach-ok', nonce: Uint8Array): Uint8Array {
  const { bindKey, sessionId } = security;
  return hmacSha512(bindKey, utf8(`roomkey/1 ${label}`), sessionId, nonce).slice(0, 32);
}
