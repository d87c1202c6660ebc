import { wordlist } from '@scure/bip39/wordlists/english.js';
import { lv, utf8 } from './bytes.js';
import { expandLabel, hkdfExtract, sha512 } from './kdf.js';

/**
 * The short authentication string (SAS, RFC 6189): four words, 44 bits, that both people compare in
 * a room without a password. They depend only on what was fixed before the guest revealed E_I.
 * Neither GuestFinish's CPace share nor a name nor sealed data may enter: a man in the middle could
 * try values until the words match.
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
  // The first 44 of 48 bits: 11 per word, most significant first.
  return [37n, 26n, 15n, 4n].map((shift) => wordlist[Number((bits >> shift) & 2047n)] ?? '');
}
