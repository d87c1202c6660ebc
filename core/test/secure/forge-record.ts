import { aes256Gcm } from '../../../plugins/cipher-aes-gcm/src/aes-256-gcm.js';
import { concat } from '../../src/secure/bytes.js';
import { expandLabel } from '../../src/secure/kdf.js';

/** The first traffic secret of the direction. */
export const secret = (): Uint8Array => new Uint8Array(64).fill(5);

/**
 * A record of three zero bytes as docs/protocol.md has it, made without the code under test by
 * an attacker who knows the secrets and sends anything: every field of the header can be wrong
 * although the tag fits. A data record of the stream 1 where nothing else is said.
 */
export function forge(
  epoch: number,
  seq: number,
  says: { type?: number; flags?: number; stream?: number; epoch?: number; seq?: number } = {},
): Uint8Array {
  let traffic = secret();
  for (let i = 0; i < epoch; i += 1) traffic = expandLabel(traffic, 'next', 64);
  const key = aes256Gcm.key(expandLabel(traffic, 'key', 32));
  const nonce = Buffer.from(expandLabel(traffic, 'iv', 12));
  nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ BigInt(seq), 4);
  const type = says.type ?? 32;
  const header = Buffer.alloc(16);
  header.writeUInt8(type, 0);
  header.writeUInt8(says.flags ?? 0, 1);
  header.writeUInt16BE(says.stream ?? (type <= 33 ? 1 : 0), 2);
  header.writeUInt32BE(says.epoch ?? epoch, 4);
  header.writeBigUInt64BE(BigInt(says.seq ?? seq), 8);
  return concat(header, ...key.seal(nonce, header, [new Uint8Array(3)]));
}
