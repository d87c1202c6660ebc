import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { hasErrno } from '../util/errno.js';
import { closeToOthers, removeOwnFile, writeOwnFile } from './own-files.js';

const sessionSchema = z.strictObject({
  name: z.string(),
  seed: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Who is signed in, with the unlocked private key. */
export interface Session {
  readonly name: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/**
 * `session.json` in the user's config folder, mode 0600: what keeps somebody signed in between one
 * command and the next. It holds the private key in the clear, as SSH keys without a passphrase are
 * held; who does not want that unlocks for one command.
 */
export class SessionFile {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(configFolder: string, logger: Logger) {
    this.#logger = logger;
    this.#path = join(configFolder, 'session.json');
  }

  /** @throws RoomkeyError `RK_ACCOUNT_DAMAGED` where the file cannot be read or understood. */
  async read(): Promise<Session | undefined> {
    let text;
    try {
      text = await readFile(this.#path, 'utf8');
      await closeToOthers(this.#path, 'your private key', this.#logger);
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return undefined;
      throw this.#damaged(cause);
    }
    try {
      const { name, seed } = sessionSchema.parse(JSON.parse(text));
      return { name, seed: fromHex(seed) };
    } catch {
      // Not as the cause: a parser's message quotes the text, and the text is a secret.
      throw this.#damaged();
    }
  }

  /** @throws RoomkeyError `RK_STORAGE_IO` */
  async write(session: Session): Promise<void> {
    await writeOwnFile(this.#path, { name: session.name, seed: toHex(session.seed) });
  }

  /** @throws RoomkeyError `RK_STORAGE_IO` */
  async remove(): Promise<void> {
    await removeOwnFile(this.#path);
  }

  #damaged(cause?: unknown): RoomkeyError {
    return new RoomkeyError(
      'RK_ACCOUNT_DAMAGED',
      `Who is signed in cannot be read from ${this.#path}. Sign out, which removes the file, and sign in again.`,
      { cause },
    );
  }
}
