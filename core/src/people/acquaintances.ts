import { nameKey } from './names.js';
import { acquaintance, type Acquaintance, type Person, type PersonFile } from './person-file.js';

/** Everybody an account has met, as it was at one moment: to be asked about many at once. */
export class Acquaintances {
  readonly #files: ReadonlyMap<string, PersonFile | undefined> | undefined;

  /**
   * @param files what is kept, by `nameKey`; `undefined` for a file, or for all of them, that cannot
   * be read
   */
  constructor(files: ReadonlyMap<string, PersonFile | undefined> | undefined) {
    this.#files = files;
  }

  /** @returns `undefined` where what is kept of that name cannot be read */
  check(person: Person): Acquaintance | undefined {
    if (this.#files === undefined) return undefined;
    const key = nameKey(person.name);
    const file = this.#files.get(key);
    // Never `new`: that would let a changed person pass as one.
    if (file === undefined && this.#files.has(key)) return undefined;
    return acquaintance(file, person);
  }
}
