import { token } from './token.js';

/** An AEAD key. */
export interface AeadKey {
  /**
   * Encrypts. The caller never reuses a nonce with the same key.
   *
   * @param nonce `Cipher.nonceLength` bytes
   * @param aad authenticated, not encrypted
   * @param plaintext parts, treated as if joined
   * @returns parts of ciphertext ‖ tag, `tagLength` bytes longer than the plaintext in total
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): Uint8Array[];
  /**
   * Verifies and decrypts. Releases nothing before the tag is verified.
   *
   * @param sealed ciphertext ‖ tag
   * @returns the plaintext; the caller owns it
   * @throws RoomkeyError `RK_CIPHER_FORGED` on any mismatch
   */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/**
 * An AEAD (RFC 5116). Handshake, key schedule and nonces are core's. A cipher never falls back to a
 * different one.
 */
export interface Cipher {
  /** Its suite number on the wire, 1…65,535 (`docs/protocol.md`, Suites). */
  readonly suite: number;
  /** Name for people, such as `AES-256-GCM`. */
  readonly name: string;
  /** Bytes, at most 64. */
  readonly keyLength: number;
  /** Bytes, 8…64. */
  readonly nonceLength: number;
  /** Bytes; at least 16. */
  readonly tagLength: number;
  /** Imports a key of `keyLength` bytes. Copies them; the caller may erase its own. */
  key(raw: Uint8Array): AeadKey;
}

export const Cipher = token<Cipher>('cipher');
