import type { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import type { ErrorCode } from '../errors/index.js';
import { asError } from '../util/deferred.js';
import { readOwnFile, removeOwnFile, writeOwnFile } from './own-files.js';

/**
 * A small JSON file of the user's own that helps and that nothing depends on, mode 0600: one that is
 * damaged, or cannot be read, written or removed, is warned of and stops nobody.
 */
export class KeptFile<T extends object> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #what: string;
  readonly #logger: Logger;

  /** @param what what it keeps, as the beginning of a sentence: “The name that signed in last” */
  constructor(path: string, schema: z.ZodType<T>, what: string, logger: Logger) {
    this.#path = path;
    this.#schema = schema;
    this.#what = what;
    this.#logger = logger;
  }

  /** @returns `undefined` where there is none, or none that can be understood */
  async read(): Promise<T | undefined> {
    try {
      const text = await readOwnFile(this.#path);
      return text === undefined ? undefined : this.#schema.parse(JSON.parse(text));
    } catch (error) {
      this.#warn('RK_STORAGE_DAMAGED', 'cannot be read and counts as not known', error);
      return undefined;
    }
  }

  async write(content: T): Promise<void> {
    try {
      await writeOwnFile(this.#path, content);
    } catch (error) {
      this.#warn('RK_STORAGE_IO', 'cannot be kept', error);
    }
  }

  async remove(): Promise<void> {
    try {
      await removeOwnFile(this.#path);
    } catch (error) {
      this.#warn('RK_STORAGE_IO', 'cannot be forgotten', error);
    }
  }

  #warn(code: ErrorCode, outcome: string, error: unknown): void {
    this.#logger.warn(`${this.#what} ${outcome}: ${this.#path}`, { code, error: asError(error) });
  }
}
