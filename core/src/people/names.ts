import { RoomkeyError } from '../errors/index.js';
import { toHex, utf8 } from '../secure/bytes.js';
import { sha256 } from '../secure/kdf.js';
import {
  INVISIBLE_CHARACTERS,
  displayName,
  firstUnassignedCharacter,
  firstInvisibleCharacter,
} from '../util/display-name.js';
import { nfc } from '../util/nfc.js';

/** The longest account name in UTF-8 bytes: what a beacon has room for. */
export const MAX_NAME_BYTES = 32;

/**
 * The name of a new account, as `normalizeName` gives it.
 *
 * @throws RoomkeyError `RK_ACCOUNT_NAME_INVALID`, as `normalizeName` does, and where a character is
 * not assigned in Unicode
 */
export function normalizeNewName(name: string): string {
  const normal = normalizeName(name);
  const unassigned = firstUnassignedCharacter(normal);
  if (unassigned !== undefined) {
    throw invalidName(
      `The account name has a character that has no meaning yet (${unassigned}). Leave it out.`,
    );
  }
  return normal;
}

/**
 * An account name as it is stored and shown: Unicode NFC, trimmed, single spaces.
 *
 * @throws RoomkeyError `RK_ACCOUNT_NAME_INVALID` where it is empty, longer than 32 UTF-8 bytes, or
 * bears characters that cannot be seen.
 */
export function normalizeName(name: string): string {
  const normal = nfc(name)
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
  if (nameKey(normal) === nameKey('')) throw invalidName('An account needs a name.');
  const unseen = firstInvisibleCharacter(normal);
  if (unseen !== undefined) {
    throw invalidName(
      `The account name has a character that cannot be seen (${unseen}). Leave it out.`,
    );
  }
  const length = utf8(normal).length;
  if (length > MAX_NAME_BYTES) {
    throw invalidName(
      `The account name takes ${length} bytes; ${MAX_NAME_BYTES} are allowed. Choose a shorter one.`,
    );
  }
  return normal;
}

/**
 * The look-up key of a name, 64 hex digits: the same for names that differ only in case, spaces
 * around, Unicode form and invisible characters, so that these cannot be used to impersonate.
 */
export function nameKey(name: string): string {
  const folded = displayName(nfc(name))
    // What may stand in a name and is not seen does not tell names apart: joiners, and the selectors
    // of an emoji's form.
    .replace(INVISIBLE_CHARACTERS, '')
    // Upper, then lower: folds `ß` with `SS` and the two small sigmas.
    .toUpperCase()
    .toLowerCase();
  return toHex(sha256(utf8(nfc(folded))));
}

function invalidName(message: string): RoomkeyError {
  return new RoomkeyError('RK_ACCOUNT_NAME_INVALID', message);
}
