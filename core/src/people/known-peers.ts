import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { displayName } from '../util/display-name.js';
import type { Unsubscribe } from '../util/emitter.js';
import { hasErrno } from '../util/errno.js';
import { KnownPeersSnapshot, type Resemblance } from './known-peers-snapshot.js';
import { fingerprint } from './fingerprint.js';
import { SerialQueue } from '../util/serial-queue.js';
import { nameKey } from './names.js';
import {
  accountFolder,
  removePrivateFile,
  removePrivateFolder,
  writePrivateFile,
} from './private-files.js';
import {
  identityMismatch,
  fingerprints,
  nonePending,
  severalPending,
  type KnownPeer,
} from './known-peer-errors.js';
import {
  identityStatus,
  readKnownPeerFile,
  unreadable,
  type IdentityStatus,
  type NamedIdentity,
  type KnownPeerFile,
} from './known-peer-file.js';

/** Without a room password anyone can show any name, so this is bounded; the oldest is dropped. */
const MAX_PENDING = 8;

const EXTENSION = '.json';

/**
 * The identities that an account has met, by the name they showed: trust on first use, as in SSH's
 * known_hosts. A name that shows an identity not accepted for it is refused until a person accepts.
 *
 * Kept in the user's own config folder, one file a name, and not in the `Storage`: a shared database
 * could not forge signed records, but could roll them back or lose them, and a changed identity would
 * pass as a new one. One file a name, so that two processes that meet two peers do not conflict.
 *
 * `People` has one instance per account, which orders all changes.
 */
export class KnownPeers {
  readonly #folder: string;
  /** Serializes read-modify-write; otherwise a concurrent acceptance could be lost. */
  readonly #changes = new SerialQueue();
  readonly #listeners = new Set<() => void>();

  /**
   * @param configFolder the folder for the secrets of this user on this machine
   * @param account the public key of the account that met these peers, 32 bytes
   */
  constructor(configFolder: string, account: Uint8Array) {
    this.#folder = accountFolder(configFolder, 'people', account);
  }

  /**
   * Called when a peer is remembered, accepted or forgotten through this object. Changes by other
   * processes show up at the next read.
   *
   * @param listener must not throw
   */
  onChange(listener: () => void): Unsubscribe {
    // A function of its own, so that a listener added twice is called twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Looks a peer up; changes nothing. */
  async check(person: NamedIdentity): Promise<IdentityStatus> {
    return identityStatus(await this.#read(person.name), person);
  }

  /**
   * All known peers as of now, for many look-ups.
   *
   * @param onUnreadable called for each file that cannot be read, or for their folder
   */
  async snapshot(onUnreadable: (error: RoomkeyError) => void): Promise<KnownPeersSnapshot> {
    const files = new Map<string, KnownPeerFile | undefined>();
    try {
      for (const entry of await this.#entries()) {
        const key = entry.slice(0, -EXTENSION.length);
        const file = await readKnownPeerFile(join(this.#folder, entry)).catch((error: unknown) => {
          files.set(key, undefined);
          onUnreadable(error as RoomkeyError);
        });
        if (file !== undefined) files.set(key, file);
      }
    } catch (error) {
      onUnreadable(error as RoomkeyError);
      return new KnownPeersSnapshot(undefined);
    }
    return new KnownPeersSnapshot(files);
  }

  /** The known peers that a new one may be, or may be mistaken for; skips unreadable files. */
  async resemblance(person: NamedIdentity, own: NamedIdentity): Promise<Resemblance> {
    return (await this.snapshot(() => undefined)).resemblance(person, own);
  }

  /**
   * Passes a peer that is new or unchanged. A changed identity is stored as pending.
   *
   * @throws RoomkeyError `RK_IDENTITY_MISMATCH`, `RK_STORAGE_DAMAGED`
   */
  verify(person: NamedIdentity): Promise<'new' | 'same'> {
    return this.#changes.run(() => this.#verify(person));
  }

  /**
   * Remembers a new peer; does nothing for a known one.
   *
   * @throws RoomkeyError `RK_IDENTITY_MISMATCH` as `require` does: never accepts implicitly
   */
  remember(person: NamedIdentity): Promise<void> {
    return this.#changes.run(async () => {
      if ((await this.#verify(person)) === 'same') return;
      const identity = toHex(person.identity);
      const file = await this.#read(person.name);
      await this.#write(
        file === undefined
          ? { name: displayName(person.name), accepted: [identity], pending: [], unmet: [] }
          : { ...file, unmet: file.unmet.filter((one) => one !== identity) },
      );
      this.#notify();
    });
  }

  /**
   * Accepts an identity that was refused, in addition to those accepted before.
   *
   * @param which its fingerprint; optional if only one is pending
   * @returns the fingerprint that was accepted
   * @throws RoomkeyError `RK_IDENTITY_UNKNOWN` if no such identity is pending, `RK_IDENTITY_MISMATCH`
   * if several are pending and `which` is missing
   */
  accept(name: string, which?: string): Promise<string> {
    return this.#changes.run(async () => {
      const file = await this.#read(name);
      const waiting = file?.pending ?? [];
      const chosen = waiting.filter(
        (identity) => which === undefined || fingerprint(fromHex(identity)) === which,
      );
      const [identity] = chosen;
      if (file === undefined || identity === undefined) throw nonePending(name, which);
      if (chosen.length > 1) throw severalPending(file);
      await this.#write({
        ...file,
        accepted: [...file.accepted, identity],
        pending: waiting.filter((one) => one !== identity),
        unmet: [...file.unmet, identity],
      });
      this.#notify();
      return fingerprint(fromHex(identity));
    });
  }

  /** All known peers, ordered by name. @throws RoomkeyError `RK_STORAGE_DAMAGED` */
  async list(): Promise<KnownPeer[]> {
    const files = new Map<string, KnownPeerFile>();
    for (const entry of await this.#entries()) {
      const file = await readKnownPeerFile(join(this.#folder, entry));
      if (file !== undefined) files.set(entry.slice(0, -EXTENSION.length), file);
    }
    const all = new KnownPeersSnapshot(files);
    return [...files.values()]
      .map(({ name, accepted, pending }) => ({
        name,
        accepted: fingerprints(accepted),
        pending: fingerprints(pending),
        ...all.compare({ name, identities: accepted }),
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /**
   * Forgets a name with all its identities: the next peer with this name is new.
   *
   * @throws RoomkeyError `RK_IDENTITY_UNKNOWN`, `RK_STORAGE_IO`
   */
  forget(name: string): Promise<void> {
    return this.#changes.run(async () => {
      if ((await this.#read(name)) === undefined) {
        throw new RoomkeyError(
          'RK_IDENTITY_UNKNOWN',
          `You haven’t met anyone named ${displayName(name)}. \`roomkey people list\` shows everyone you’ve met.`,
        );
      }
      await removePrivateFile(this.#path(name));
      this.#notify();
    });
  }

  /**
   * Forgets all peers, for an account that is deleted.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  forgetAll(): Promise<void> {
    return this.#changes.run(async () => {
      await removePrivateFolder(this.#folder);
      this.#notify();
    });
  }

  async #verify(person: NamedIdentity): Promise<'new' | 'same'> {
    const file = await this.#read(person.name);
    const found = identityStatus(file, person);
    if (found !== 'changed' || file === undefined) return found === 'same' ? 'same' : 'new';
    const identity = toHex(person.identity);
    // A pending peer retries often: do not write each time.
    if (file.pending.includes(identity)) throw identityMismatch(file, person);
    const refused = { ...file, pending: [...file.pending, identity].slice(-MAX_PENDING) };
    await this.#write(refused);
    throw identityMismatch(refused, person);
  }

  #path(name: string): string {
    return join(this.#folder, `${nameKey(name)}${EXTENSION}`);
  }

  async #entries(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).filter((entry) => entry.endsWith(EXTENSION));
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return [];
      throw unreadable(this.#folder, error);
    }
  }

  #read(name: string): Promise<KnownPeerFile | undefined> {
    return readKnownPeerFile(this.#path(name));
  }

  #write(file: KnownPeerFile): Promise<void> {
    return writePrivateFile(this.#path(file.name), file);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
