import { token } from './token.js';

/** A key ready for use. */
export interface AeadKey {
  /**
   * Encrypts. The caller never uses a nonce twice with one key.
   *
   * @param nonce `Cipher.nonceLength` bytes
   * @param aad authenticated and not encrypted
   * @param plaintext the parts, taken as if joined
   * @returns parts that joined are ciphertext ‖ tag, `tagLength` bytes longer than the plaintext
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): Uint8Array[];
  /**
   * Verifies and decrypts. Nothing is released before the tag is checked.
   *
   * @param sealed ciphertext ‖ tag
   * @returns the plaintext, in memory of its own
   * @throws RoomkeyError `RK_CIPHER_FORGED` where anything at all does not fit
   */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/**
 * An AEAD (RFC 5116). The handshake, the key schedule and the nonces are core's; a cipher never
 * falls back to another.
 */
export interface Cipher {
  /** The number by which peers agree on it, 1…65,535 (`docs/protocol.md`, Suites). */
  readonly suite: number;
  /** What people are shown, such as `AES-256-GCM`. */
  readonly name: string;
  /** Bytes, at most 64. */
  readonly keyLength: number;
  /** Bytes, 8…64. */
  readonly nonceLength: number;
  /** Bytes; at least 16. */
  readonly tagLength: number;
  /** Takes a key of `keyLength` bytes. The bytes are copied; the caller may erase its own. */
  key(raw: Uint8Array): AeadKey;
}

export const Cipher = token<Cipher>('cipher');
