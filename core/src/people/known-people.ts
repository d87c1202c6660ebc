import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { isIdentity } from '../secure/identity.js';
import { sha256 } from '../secure/kdf.js';
import { displayName } from '../util/display-name.js';
import { hasErrno, systemReason } from '../util/errno.js';
import { SerialQueue } from '../util/serial-queue.js';
import { nameKey } from './names.js';
import { readOwnFile, removeOwnFile, removeOwnFolder, writeOwnFile } from './own-files.js';

/** Somebody as the handshake shows them: the name is theirs to choose, the identity is proven. */
export interface Person {
  readonly name: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
}

/**
 * `new`: never met, which one that was just accepted is too; `same`: an identity that was here before;
 * `changed`: another than any accepted one.
 */
export type Acquaintance = 'new' | 'same' | 'changed';

/** A name that was met, with the fingerprints of whoever bore it. */
export interface KnownPerson {
  readonly name: string;
  /** Those that are trusted; several where several people bear one name. */
  readonly accepted: readonly string[];
  /** Those that were refused and wait to be accepted. */
  readonly pending: readonly string[];
}

/** `RK_PERSON_CHANGED` where it is this side that may accept, with whom. */
export class PersonChangedError extends RoomkeyError {
  readonly person: KnownPerson;

  constructor(message: string, person: KnownPerson) {
    super('RK_PERSON_CHANGED', message);
    this.person = person;
  }
}

/** What can be nobody's identity is left out: whoever shows it needs no key. */
const identitiesSchema = z
  .array(z.string().regex(/^[0-9a-f]{64}$/))
  .transform((identities) => identities.filter((identity) => isIdentity(fromHex(identity))));
const fileSchema = z.strictObject({
  name: z.string(),
  accepted: identitiesSchema,
  pending: identitiesSchema,
  /** Those of the accepted ones that were not met since. */
  unmet: identitiesSchema.default([]),
});
type PersonFile = z.infer<typeof fileSchema>;

/**
 * Changes of one folder, one after another: each writes what it read with one thing changed, so that
 * a person accepted meanwhile would be lost. A call and the person who accepts have an instance each.
 */
const queues = new Map<string, SerialQueue>();

/** In an open room anybody can pose as a name, so what waits is bounded; the oldest goes. */
const MAX_PENDING = 8;

/**
 * What a person compares to know an identity: the first 80 bits of its SHA-256, in hex, such as
 * `3f0c-91aa-07be-55d2-e614`.
 */
export function fingerprint(identity: Uint8Array): string {
  return toHex(sha256(identity).subarray(0, 10)).replace(/(.{4})(?=.)/g, '$1-');
}

/**
 * The identities that an account has met, by the name they showed: trust on first use, as in SSH's
 * known_hosts. A name that shows an identity not accepted for it is refused until a person accepts.
 *
 * Kept in the user's own config folder, one file a name, and not in the `Storage`: a shared database
 * could not forge signed records, but could roll them back or lose them, and a changed person would
 * be a new one. One file a name, so that two processes that meet two people do not get in each
 * other's way.
 */
export class KnownPeople {
  readonly #folder: string;
  readonly #changes: SerialQueue;

  /**
   * @param configFolder the folder for the secrets of this user on this machine
   * @param account the public key of the account whose acquaintances these are, 32 bytes
   */
  constructor(configFolder: string, account: Uint8Array) {
    this.#folder = join(configFolder, 'people', toHex(account));
    this.#changes = queues.get(this.#folder) ?? new SerialQueue();
    queues.set(this.#folder, this.#changes);
  }

  /** Looks a person up; changes nothing. */
  async check(person: Person): Promise<Acquaintance> {
    return acquaintance(await this.#read(person.name), person);
  }

  /**
   * Lets a person pass who is new or the same. One who changed is kept as waiting to be accepted.
   *
   * @throws RoomkeyError `RK_PERSON_CHANGED`
   */
  require(person: Person): Promise<'new' | 'same'> {
    return this.#changes.run(() => this.#require(person));
  }

  /**
   * Remembers a new person; nothing happens for the same one.
   *
   * @throws RoomkeyError `RK_PERSON_CHANGED` as `require` does: nothing is accepted by the way
   */
  remember(person: Person): Promise<void> {
    return this.#changes.run(async () => {
      if ((await this.#require(person)) === 'same') return;
      const identity = toHex(person.identity);
      const file = await this.#read(person.name);
      await this.#write(
        file === undefined
          ? { name: displayName(person.name), accepted: [identity], pending: [], unmet: [] }
          : { ...file, unmet: file.unmet.filter((one) => one !== identity) },
      );
    });
  }

  /**
   * Accepts an identity that was refused, beside those accepted before.
   *
   * @param which its fingerprint; can be left out where only one waits
   * @returns the fingerprint that was accepted
   * @throws RoomkeyError `RK_PERSON_UNKNOWN` where none such waits, `RK_PERSON_CHANGED` where
   * several wait and it was left out
   */
  accept(name: string, which?: string): Promise<string> {
    return this.#changes.run(async () => {
      const file = await this.#read(name);
      const waiting = file?.pending ?? [];
      const chosen = waiting.filter(
        (identity) => which === undefined || fingerprint(fromHex(identity)) === which,
      );
      const [identity] = chosen;
      if (file === undefined || identity === undefined) throw noneWaits(name, which);
      if (chosen.length > 1) throw severalWait(file);
      await this.#write({
        ...file,
        accepted: [...file.accepted, identity],
        pending: waiting.filter((one) => one !== identity),
        unmet: [...file.unmet, identity],
      });
      return fingerprint(fromHex(identity));
    });
  }

  /** Everybody, ordered by name. */
  async list(): Promise<KnownPerson[]> {
    const people: KnownPerson[] = [];
    for (const entry of await this.#entries()) {
      const file = await this.#readFile(join(this.#folder, entry));
      if (file === undefined) continue;
      const { name, accepted, pending } = file;
      people.push({ name, accepted: fingerprints(accepted), pending: fingerprints(pending) });
    }
    return people.sort((a, b) => a.name.localeCompare(b.name));
  }

  /**
   * Forgets a name with all its identities: whoever shows it next is new.
   *
   * @throws RoomkeyError `RK_PERSON_UNKNOWN`, `RK_STORAGE_IO`
   */
  forget(name: string): Promise<void> {
    return this.#changes.run(async () => {
      if ((await this.#read(name)) === undefined) {
        throw new RoomkeyError(
          'RK_PERSON_UNKNOWN',
          `Nobody named ${displayName(name)} was met. \`roomkey people list\` shows everybody.`,
        );
      }
      await removeOwnFile(this.#path(name));
    });
  }

  /**
   * Forgets everybody, as it becomes an account that is no more.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  forgetAll(): Promise<void> {
    return this.#changes.run(() => removeOwnFolder(this.#folder));
  }

  async #require(person: Person): Promise<'new' | 'same'> {
    const file = await this.#read(person.name);
    const found = acquaintance(file, person);
    if (found !== 'changed' || file === undefined) return found === 'same' ? 'same' : 'new';
    const identity = toHex(person.identity);
    // Who waits comes again and again: nothing is written for that.
    if (file.pending.includes(identity)) throw changed(file, person);
    const refused = { ...file, pending: [...file.pending, identity].slice(-MAX_PENDING) };
    await this.#write(refused);
    throw changed(refused, person);
  }

  #path(name: string): string {
    return join(this.#folder, `${nameKey(name)}.json`);
  }

  async #entries(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).filter((entry) => entry.endsWith('.json'));
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return [];
      throw unreadable(this.#folder, error);
    }
  }

  #read(name: string): Promise<PersonFile | undefined> {
    return this.#readFile(this.#path(name));
  }

  async #readFile(path: string): Promise<PersonFile | undefined> {
    try {
      const text = await readOwnFile(path);
      const file = text === undefined ? undefined : fileSchema.parse(JSON.parse(text));
      return file?.accepted.length === 0 ? undefined : file;
    } catch (error) {
      // Never taken for "not met": that would let a changed person pass as a new one.
      throw unreadable(path, error);
    }
  }

  #write(file: PersonFile): Promise<void> {
    return writeOwnFile(this.#path(file.name), file);
  }
}

function acquaintance(file: PersonFile | undefined, person: Person): Acquaintance {
  if (file === undefined) return 'new';
  const identity = toHex(person.identity);
  if (file.unmet.includes(identity)) return 'new';
  return file.accepted.includes(identity) ? 'same' : 'changed';
}

function fingerprints(identities: readonly string[]): string[] {
  return identities.map((identity) => fingerprint(fromHex(identity)));
}

function changed({ name, ...file }: PersonFile, person: Person): PersonChangedError {
  const accepted = fingerprints(file.accepted);
  return new PersonChangedError(
    `${name} shows another identity than last time. Either ${name} has a new account or a new machine, or somebody else is posing as ${name}. Known: ${accepted.join(', ')}. Shown now: ${fingerprint(person.identity)}. Ask ${name} in person whether the second is theirs (\`roomkey account whoami\` shows it). If so: ${acceptCommand(name, fingerprint(person.identity))}`,
    { name, accepted, pending: fingerprints(file.pending) },
  );
}

function severalWait({ name, pending }: PersonFile): RoomkeyError {
  return new RoomkeyError(
    'RK_PERSON_CHANGED',
    `Several identities were shown by the name of ${name}: ${fingerprints(pending).join(', ')}. Ask ${name} in person which is theirs, and give it: ${acceptCommand(name, 'FINGERPRINT')}`,
  );
}

function noneWaits(name: string, which: string | undefined): RoomkeyError {
  const shown = displayName(name);
  const what = which === undefined ? 'No identity' : `No identity ${displayName(which)}`;
  return new RoomkeyError(
    'RK_PERSON_UNKNOWN',
    `${what} of ${shown} waits to be accepted. \`roomkey people list\` shows what does.`,
  );
}

/** With the fingerprint: whoever pastes it later must not accept what was shown since. */
function acceptCommand(name: string, which: string): string {
  return `roomkey people accept ${shellQuoted(name)} ${which}`;
}

/** The name is somebody else's choice: nothing in it may be a command to a shell. */
function shellQuoted(name: string): string {
  return /^[\p{L}\p{M}\p{N} ._-]+$/u.test(name)
    ? `"${name}"`
    : `'${name.replaceAll("'", "'\\''")}'`;
}

function unreadable(path: string, cause: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `Who was met before cannot be read from ${path}: ${systemReason(cause)}. It was left as it is; restore the file, or remove it to forget this person.`,
    { cause },
  );
}
