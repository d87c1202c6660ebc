import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import type { Identity } from '../secure/identity.js';
import { expandLabel, hkdfExtract } from '../secure/kdf.js';
import { shellArgument } from '../util/shell-argument.js';
import { PrivateJsonFile } from './private-json-file.js';
import { accountFolder, removePrivateFolder } from './private-files.js';

/**
 * One byte: misses one of 256 typos, and an attacker who has the file *and* the identity's key can
 * rule out 255 of 256 guesses but confirm none. More bytes would catch hardly more typos, and each
 * bit halves the remaining guesses.
 */
const CHECK_BYTES = 1;

const fileSchema = z.strictObject({
  check: z.string().regex(new RegExp(`^[0-9a-f]{${CHECK_BYTES * 2}}$`)),
});

/** A room of one's own. */
export interface OwnRoom {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
}

/**
 * Detects that the password of an own room differs from the last one: a check value of one byte per
 * room, keyed by the account's identity, so that the file alone reveals nothing of the password.
 *
 * Kept in the user's own config folder and not in the `Storage`, which others can read. Each machine has
 * its own; it trusts the first password.
 */
export class RoomPasswords {
  readonly #folder: string;
  readonly #identity: Identity;
  readonly #logger: Logger;

  /**
   * @param configFolder the folder for the secrets of this user on this machine
   * @param identity the owner's
   */
  constructor(configFolder: string, identity: Identity, logger: Logger) {
    this.#folder = accountFolder(configFolder, 'own-rooms', identity.publicKey);
    this.#identity = identity;
    this.#logger = logger;
  }

  /** Whether a password of the room is known here. */
  async has({ id }: Pick<OwnRoom, 'id'>): Promise<boolean> {
    return (await this.#file(id).read()) !== undefined;
  }

  /**
   * Passes a password that is the last one, the first one, or intentionally new; and remembers it.
   *
   * @param passwordSecret `derivePasswordSecret`'s result
   * @throws RoomkeyError `RK_ROOM_PASSWORD_CHANGED`
   */
  async verify(
    { id, name }: OwnRoom,
    passwordSecret: Uint8Array,
    { isNew }: { readonly isNew: boolean },
  ): Promise<void> {
    const file = this.#file(id);
    const check = this.#check(passwordSecret);
    const known = await file.read();
    if (known?.check === check) return;
    if (known !== undefined && !isNew) throw changed(name);
    await file.write({ check });
  }

  /** Forgets a room that is deleted. */
  async forget(id: string): Promise<void> {
    await this.#file(id).remove();
  }

  /**
   * Forgets all rooms, for an account that is deleted.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  async forgetAll(): Promise<void> {
    await removePrivateFolder(this.#folder);
  }

  #check(passwordSecret: Uint8Array): string {
    const key = this.#identity.deriveSecret('own room passwords');
    const root = hkdfExtract(key, passwordSecret);
    key.fill(0);
    const check = toHex(expandLabel(root, 'password check', CHECK_BYTES));
    root.fill(0);
    return check;
  }

  #file(id: string): PrivateJsonFile<z.infer<typeof fileSchema>> {
    const path = join(this.#folder, `${id}.json`);
    return new PrivateJsonFile(
      path,
      fileSchema,
      'What tells a mistyped room password',
      this.#logger,
    );
  }
}

function changed(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ROOM_PASSWORD_CHANGED',
    `This is not the password that you opened “${name}” with last time on this computer. Enter that one. If this one is meant to be new: roomkey join --new-password ${shellArgument(name)}`,
  );
}
