import type { Cipher, OperationOptions, Storage } from '../contracts/index.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import { fromHex, toHex, utf8 } from '../secure/bytes.js';
import { sha256 } from '../secure/kdf.js';
import { nfc } from '../util/nfc.js';
import { retryConflicts } from '../util/retry-conflicts.js';
import {
  accountValue,
  createAccount,
  isImported,
  openSeed,
  passwordOf,
  readAccount,
  type AccountRecord,
  type ImportedRecord,
  type StoredAccount,
} from './account-record.js';
import { nameKey } from './names.js';
import { verifyPassword } from './password-hash.js';

/** What `AccountStore` works with. */
export interface AccountStoreOptions {
  readonly storage: Storage;
  /** Seals the private keys. */
  readonly cipher: Cipher;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** An account that was opened with its password. */
export interface OpenedAccount {
  readonly record: AccountRecord;
  /** The private half of its identity, 32 bytes. */
  readonly seed: Uint8Array;
}

const COLLECTION = 'users';
const FREE_FAILURES = 5;
/** More are not counted: the lock is at its longest long before. */
const MAX_FAILURES = 1_000;
const LONGEST_LOCK_MS = 15 * 60_000;

/** The records of accounts in a store, and the throttled way into them. */
export class AccountStore {
  readonly #storage: Storage;
  readonly #cipher: Cipher;
  readonly #now: () => number;

  constructor({ storage, cipher, now }: AccountStoreOptions) {
    this.#storage = storage;
    this.#cipher = cipher;
    this.#now = now;
  }

  /** @throws RoomkeyError `RK_ACCOUNT_DAMAGED` */
  async find(name: string, options: OperationOptions): Promise<StoredAccount | undefined> {
    const document = await this.#storage.get(COLLECTION, nameKey(name), options);
    return document && readAccount(document);
  }

  /** Whether the name is taken, be it by an account that is damaged. */
  async has(name: string, options: OperationOptions): Promise<boolean> {
    return (await this.#storage.get(COLLECTION, nameKey(name), options)) !== undefined;
  }

  /** @returns whether it was stored; not, where the name is taken */
  async insert(
    record: AccountRecord | ImportedRecord,
    options: OperationOptions,
  ): Promise<boolean> {
    try {
      await this.#storage.insert(COLLECTION, nameKey(record.name), accountValue(record), options);
      return true;
    } catch (error) {
      if (hasCode(error, 'RK_STORAGE_EXISTS')) return false;
      throw error;
    }
  }

  /**
   * Opens an account with its password. An imported one gets its identity here.
   *
   * What is hashed before a refusal depends on the password alone and never on whether there is such
   * an account, or of what kind it is. (That there is one is no secret: a write counts the attempt,
   * and a locked account says so.)
   *
   * @param checkIdentity called with the account's public key, or with `undefined` before an imported
   * one gets its identity; what it throws is thrown, and the account is left as it is
   * @throws RoomkeyError `RK_ACCOUNT_REFUSED` where name or password are wrong,
   * `RK_ACCOUNT_THROTTLED`, `RK_ACCOUNT_CHANGED`, `RK_ACCOUNT_DAMAGED`
   */
  async open(
    name: string,
    password: string,
    options: OperationOptions,
    checkIdentity: (identity: Uint8Array | undefined) => Promise<void>,
  ): Promise<OpenedAccount> {
    const account = await this.#countAttempt(name, options);
    const key = await verify(password, account);
    if (account === undefined || key === undefined) {
      throw new RoomkeyError(
        'RK_ACCOUNT_REFUSED',
        'The name or the password is wrong. Try again, or create an account with `roomkey account create NAME`.',
      );
    }
    const { record } = account;
    // The password is right: refusals from here on are not failed guesses.
    const succeed = (): Promise<unknown> =>
      this.#update(name, options, (current) => ({ ...current, failures: 0, lockedUntil: 0 }));
    if (isImported(record)) {
      key.fill(0);
      await succeed();
      await checkIdentity(undefined);
      const made = await createAccount(this.#cipher, record.name, password);
      if (await this.replacePassword(record, () => made.record, options)) return made;
      // Another machine was first; its identity counts.
      made.seed.fill(0);
      return this.open(name, password, options, checkIdentity);
    }
    const seed = openSeed(this.#cipher, key, record);
    key.fill(0);
    await succeed();
    await checkIdentity(fromHex(record.publicKey)).catch((error: unknown) => {
      seed.fill(0);
      throw error;
    });
    return { record, seed };
  }

  /**
   * Replaces a record, unless its password is no longer the one that it was read with.
   *
   * @param change gets the record as it is now
   * @returns whether it was replaced
   */
  async replacePassword(
    read: AccountRecord | ImportedRecord,
    change: (current: AccountRecord | ImportedRecord) => AccountRecord,
    options: OperationOptions,
  ): Promise<boolean> {
    const changed = await this.#update(read.name, options, (current) =>
      passwordOf(current) === passwordOf(read) ? change(current) : undefined,
    );
    return changed !== undefined;
  }

  /**
   * Removes an account, unless its password is no longer the one that it was read with.
   *
   * @returns whether it is gone
   */
  remove(read: AccountRecord, options: OperationOptions): Promise<boolean> {
    return this.#retry(read.name, async () => {
      const account = await this.find(read.name, options);
      if (account === undefined) return true;
      if (passwordOf(account.record) !== read.password) return false;
      await this.#storage.remove(COLLECTION, account.id, account.revision, options);
      return true;
    });
  }

  /** Counts an attempt as failed before it is made; the right password takes that back. */
  #countAttempt(name: string, options: OperationOptions): Promise<StoredAccount | undefined> {
    return this.#update(name, options, (record) => {
      const now = this.#now();
      const wait = record.lockedUntil - now;
      // A longer wait than there is means that the clock was set back meanwhile.
      if (wait > 0 && wait <= LONGEST_LOCK_MS) throw throttled(record.name, wait);
      const failures = Math.min(record.failures + 1, MAX_FAILURES);
      const excess = failures - FREE_FAILURES;
      const lock = excess > 0 ? Math.min(1_000 * 2 ** excess, LONGEST_LOCK_MS) : 0;
      return { ...record, failures, lockedUntil: lock === 0 ? 0 : now + lock };
    });
  }

  /**
   * Changes an account's record as it is at that moment.
   *
   * @param change may be called several times; `undefined` leaves the record as it is
   * @returns `undefined` where there is no such account, or it was left as it is
   */
  #update(
    name: string,
    options: OperationOptions,
    change: (record: AccountRecord | ImportedRecord) => AccountRecord | ImportedRecord | undefined,
  ): Promise<StoredAccount | undefined> {
    return this.#retry(name, async () => {
      const account = await this.find(name, options);
      const record = account && change(account.record);
      if (account === undefined || record === undefined) return undefined;
      const { id, revision } = account;
      const value = accountValue(record);
      const stored = await this.#storage.replace(COLLECTION, id, revision, value, options);
      return { ...account, record, revision: stored.revision };
    });
  }

  async #retry<T>(name: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await retryConflicts(attempt);
    } catch (error) {
      throw hasCode(error, 'RK_STORAGE_CONFLICT') ? changedMeanwhile(name, error) : error;
    }
  }
}

/** The error for an account that was changed concurrently. */
export function changedMeanwhile(name: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_CHANGED',
    `The account ${name} was changed at the same time, perhaps on another computer. Try again.`,
    { cause },
  );
}

/**
 * Verifies a password in the form that was typed and in Unicode's NFC, which is what we hash; the
 * original app hashed what was typed. Where the two differ both are tried, whatever the account is.
 *
 * @returns the 32 secret bytes, or `undefined` where the password is wrong
 */
async function verify(
  password: string,
  account: StoredAccount | undefined,
): Promise<Uint8Array | undefined> {
  for (const form of new Set([nfc(password), password])) {
    const isLegacy = account !== undefined && isImported(account.record);
    const key = await verifyPassword(isLegacy ? legacyHash(form) : form, account?.hash);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** What the original app stored of a password. */
function legacyHash(password: string): string {
  return toHex(sha256(utf8(password)));
}

function throttled(name: string, wait: number): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_THROTTLED',
    `Too many failed attempts for ${name}. Try again in ${Math.ceil(wait / 1_000)} s.`,
  );
}
