import { wordlist } from '@scure/bip39/wordlists/english.js';
import { lv, utf8 } from './bytes.js';
import { expandLabel, hkdfExtract, sha512 } from './kdf.js';

/**
 * The four words that both people see and compare in a room without a password: 44 bits. They come
 * only from what was fixed before the guest revealed E_I. Neither the CPace share of F3 nor a name
 * nor anything sealed may feed them: whoever is in between could try values until words match.
 *
 * @param dh X25519 of the ephemeral keys
 */
export function sasWords(
  f1: Uint8Array,
  f2: Uint8Array,
  guestEphemeral: Uint8Array,
  dh: Uint8Array,
): readonly string[] {
  const transcript = sha512(utf8('roomkey/1 sas'), lv(f1), lv(f2), lv(guestEphemeral));
  const bytes = expandLabel(hkdfExtract(transcript, dh), 'sas', 6);
  const bits = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  // 48 bits, of which the first 44 count: 11 a word, the most significant first
  return [37n, 26n, 15n, 4n].map((shift) => wordlist[Number((bits >> shift) & 2047n)] ?? '');
}
