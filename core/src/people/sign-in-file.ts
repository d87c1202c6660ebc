import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { identityFromSeed, type Identity } from '../secure/identity.js';
import { systemReason } from '../util/errno.js';
import {
  restrictToOwner,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from './private-files.js';

/** An account whose identity is unlocked. */
export interface SignedIn {
  readonly name: string;
  readonly identity: Identity;
}

const sessionSchema = z.strictObject({
  name: z.string(),
  seed: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What the file holds, as the warning says it. */
const PRIVATE_KEY = {
  what: 'your private key',
  advice: 'If you don’t trust them, create a new account.',
};

/**
 * `session.json` in the user's config folder, mode 0600: keeps the user signed in between
 * commands. It holds the private key in the clear, like an SSH key without a passphrase; `unlock` is
 * the alternative, for one command.
 *
 * It needs no store: it can be read, and the user can sign out, while the store is away.
 */
export class SignInFile {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(configFolder: string, logger: Logger) {
    this.#logger = logger;
    this.#path = join(configFolder, 'session.json');
  }

  /**
   * The account that signed in on this machine, if any. `Accounts.current` also checks that it is
   * still in the store.
   *
   * @throws RoomkeyError `RK_ACCOUNT_DAMAGED` where the file cannot be read or understood.
   */
  async read(): Promise<SignedIn | undefined> {
    let text;
    try {
      text = await readPrivateFile(this.#path);
      if (text === undefined) return undefined;
      await restrictToOwner(this.#path, PRIVATE_KEY, this.#logger);
    } catch (cause) {
      throw this.#damaged(cause);
    }
    try {
      const { name, seed } = sessionSchema.parse(JSON.parse(text));
      return { name, identity: identityFromSeed(fromHex(seed)) };
    } catch {
      // Not as the cause: a parser's message quotes the text, and the text is a secret.
      throw this.#damaged();
    }
  }

  /**
   * The account that signed in on this machine.
   *
   * @throws RoomkeyError `RK_ACCOUNT_SIGNED_OUT` if none did, else as `read` does
   */
  async require(): Promise<SignedIn> {
    const signedIn = await this.read();
    if (signedIn === undefined) throw signedOut();
    return signedIn;
  }

  /**
   * @param seed the private half of the identity, 32 bytes
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  async write(name: string, seed: Uint8Array): Promise<void> {
    await writePrivateFile(this.#path, { name, seed: toHex(seed) });
  }

  /** @throws RoomkeyError `RK_STORAGE_IO` */
  async remove(): Promise<void> {
    await removePrivateFile(this.#path);
  }

  #damaged(cause?: unknown): RoomkeyError {
    return new RoomkeyError(
      'RK_ACCOUNT_DAMAGED',
      `Who is signed in cannot be read from ${this.#path}${cause === undefined ? '' : `: ${systemReason(cause)}`}. Sign out with \`roomkey account logout\`, which removes the file, and sign in again.`,
      { cause },
    );
  }
}

/** The error for operations that require a sign-in. */
function signedOut(): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_SIGNED_OUT',
    'No one is signed in. Sign in with `roomkey account login NAME`, or create an account with `roomkey account create NAME`.',
  );
}
