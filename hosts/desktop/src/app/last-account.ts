import { join } from 'node:path';
import { z } from 'zod';
import { readOwnFile, removeOwnFile, writeOwnFile, type Logger } from '@roomkey/core/host';

const fileSchema = z.object({ name: z.string() });

/**
 * The name that signed in last on this computer: `last-account.json` in the user's config folder, mode
 * 0600. It only fills in a form, so a file that cannot be used is as good as none.
 */
export class LastAccount {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(configFolder: string, logger: Logger) {
    this.#path = join(configFolder, 'last-account.json');
    this.#logger = logger;
  }

  async read(): Promise<string | undefined> {
    try {
      const text = await readOwnFile(this.#path);
      return text === undefined ? undefined : fileSchema.parse(JSON.parse(text)).name;
    } catch (error) {
      this.#logger.debug('Who signed in last cannot be read', { error });
      return undefined;
    }
  }

  /** @param name `undefined` forgets it */
  async write(name: string | undefined): Promise<void> {
    try {
      await (name === undefined ? removeOwnFile(this.#path) : writeOwnFile(this.#path, { name }));
    } catch (error) {
      this.#logger.warn('Who signed in last cannot be kept for the next start', { error });
    }
  }
}
