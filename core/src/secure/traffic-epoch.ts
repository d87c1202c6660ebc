import type { AeadKey, Cipher } from '../contracts/index.js';
import { expandLabel } from './kdf.js';

/** Limits of one key: the sealer rekeys at these, the opener refuses at twice these. */
export interface RekeyLimits {
  readonly records: number;
  /** Plaintext bytes. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly age: number;
}

/** The limits of docs/protocol.md, far below those for one AES-GCM key in RFC 8446, section 5.5. */
export const REKEY_LIMITS: RekeyLimits = { records: 2 ** 20, bytes: 2 ** 32, age: 600_000 };

const SECRET_BYTES = 64;
/** Weight of the high half of a u64. */
export const TWO_32 = 2 ** 32;

/** One traffic secret, the key and IV derived from it, and its usage counters. */
export class TrafficEpoch {
  /** Number of the secret within its direction, from 0. */
  readonly number: number;
  readonly key: AeadKey;
  readonly #cipher: Cipher;
  readonly #secret: Uint8Array;
  readonly #began: number;
  /** Nonce of the current record: overwritten for each, never handed out. */
  readonly #nonce: Uint8Array;
  readonly #nonceView: DataView;
  readonly #ivHigh: number;
  readonly #ivLow: number;
  #records = 0;
  #bytes = 0;

  /**
   * @param secret 64 bytes; this epoch takes ownership
   * @param began when it came into use, on the clock that `needsRekey` and `next` get
   */
  constructor(cipher: Cipher, secret: Uint8Array, number: number, began: number) {
    this.number = number;
    this.#cipher = cipher;
    this.#secret = secret;
    this.#began = began;
    const raw = expandLabel(secret, 'key', cipher.keyLength);
    this.key = cipher.key(raw);
    raw.fill(0);
    this.#nonce = expandLabel(secret, 'iv', cipher.nonceLength);
    this.#nonceView = new DataView(this.#nonce.buffer, cipher.nonceLength - 8);
    this.#ivHigh = this.#nonceView.getUint32(0);
    this.#ivLow = this.#nonceView.getUint32(4);
  }

  /** iv XOR (0… ‖ seq); valid until the next call. */
  nonce(seq: number): Uint8Array {
    this.#nonceView.setUint32(0, (this.#ivHigh ^ Math.floor(seq / TWO_32)) >>> 0);
    this.#nonceView.setUint32(4, (this.#ivLow ^ (seq % TWO_32)) >>> 0);
    return this.#nonce;
  }

  count(bytes: number): void {
    this.#records += 1;
    this.#bytes += bytes;
  }

  /** Whether `times` the limits are reached. */
  needsRekey(limits: RekeyLimits, times: number, now: number): boolean {
    return (
      this.#records >= times * limits.records ||
      this.#bytes >= times * limits.bytes ||
      now - this.#began >= times * limits.age
    );
  }

  next(now: number): TrafficEpoch {
    const secret = expandLabel(this.#secret, 'next', SECRET_BYTES);
    return new TrafficEpoch(this.#cipher, secret, this.number + 1, now);
  }

  erase(): void {
    this.#secret.fill(0);
    this.#nonce.fill(0);
  }
}
