import type { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import type { ErrorCode } from '../errors/index.js';
import { asError } from '../util/deferred.js';
import { readPrivateFile, removePrivateFile, writePrivateFile } from './private-files.js';

/**
 * A small, non-essential JSON file of the user, mode 0600. If it is damaged, or cannot be read, written
 * or removed, that is a warning; only `readOrThrow` throws.
 */
export class PrivateJsonFile<T extends object> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #what: string;
  readonly #logger: Logger;

  /** @param what its content, as the beginning of a sentence: “The name that signed in last” */
  constructor(path: string, schema: z.ZodType<T>, what: string, logger: Logger) {
    this.#path = path;
    this.#schema = schema;
    this.#what = what;
    this.#logger = logger;
  }

  /** @returns `undefined` if it is missing or damaged */
  async read(): Promise<T | undefined> {
    try {
      return await this.readOrThrow();
    } catch (error) {
      this.#warn('RK_STORAGE_DAMAGED', 'cannot be read and counts as not known', error);
      return undefined;
    }
  }

  /**
   * For callers that must tell a damaged file from a missing one.
   *
   * @returns `undefined` if it is missing
   * @throws the error of Node or of a parser; the caller adds what could not be read
   */
  async readOrThrow(): Promise<T | undefined> {
    const text = await readPrivateFile(this.#path);
    return text === undefined ? undefined : this.#schema.parse(JSON.parse(text));
  }

  async write(content: T): Promise<void> {
    try {
      await writePrivateFile(this.#path, content);
    } catch (error) {
      this.#warn('RK_STORAGE_IO', 'cannot be kept', error);
    }
  }

  async remove(): Promise<void> {
    try {
      await removePrivateFile(this.#path);
    } catch (error) {
      this.#warn('RK_STORAGE_IO', 'cannot be forgotten', error);
    }
  }

  #warn(code: ErrorCode, outcome: string, error: unknown): void {
    this.#logger.warn(`${this.#what} ${outcome}: ${this.#path}`, { code, error: asError(error) });
  }
}
