import { join } from 'node:path';
import { z } from 'zod';
import { PrivateJsonFile, type Logger } from '@roomkey/core/host';

const fileSchema = z.object({ name: z.string() });

/**
 * Name of the account that signed in last on this computer, in `last-account.json` in the user's
 * config folder. Only used to fill in a form.
 */
export class LastAccount {
  readonly #file: PrivateJsonFile<z.infer<typeof fileSchema>>;

  constructor(configFolder: string, logger: Logger) {
    const path = join(configFolder, 'last-account.json');
    this.#file = new PrivateJsonFile(path, fileSchema, 'Who signed in last', logger);
  }

  async read(): Promise<string | undefined> {
    return (await this.#file.read())?.name;
  }

  /** @param name `undefined` deletes the file */
  async write(name: string | undefined): Promise<void> {
    await (name === undefined ? this.#file.remove() : this.#file.write({ name }));
  }
}
