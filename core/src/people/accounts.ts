import { ConfigFolder, Inject, StorageCipher } from '../container/index.js';
import { Logger, Storage, token, type Cipher, type OperationOptions } from '../contracts/index.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import { createIdentitySeed, identityFromSeed, type Identity } from '../secure/identity.js';
import {
  accountValue,
  damaged,
  identityOf,
  openSeed,
  readAccount,
  sealSeed,
  type AccountRecord,
  type StoredAccount,
} from './account-record.js';
import { nameKey, normalizeName } from './names.js';
import { checkPassword, hashPassword, verifyPassword } from './password-hash.js';
import { SessionFile } from './session-file.js';

/** Somebody whose identity is unlocked. */
export interface SignedIn {
  readonly name: string;
  readonly identity: Identity;
}

/** What `Accounts` works with. */
export interface AccountsOptions {
  readonly storage: Storage;
  /** Seals the private keys. */
  readonly cipher: Cipher;
  /** The folder for the secrets of this user on this machine. */
  readonly configFolder: string;
  readonly logger: Logger;
  /** Milliseconds since 1970; `Date.now` but in tests. */
  readonly now?: () => number;
}

const COLLECTION = 'users';
const FREE_FAILURES = 5;
const LONGEST_LOCK_MS = 15 * 60_000;

/**
 * The accounts of this store: a name, a password, and an Ed25519 identity that only the password
 * unlocks.
 *
 * Guessing is slow: a guess costs scrypt's 128 MiB and a few hundred ms, unknown names cost the
 * same, and after five failures an account is locked for 2, 4, 8 … seconds, 15 minutes at most. An
 * attempt is counted before the password is looked at, so that guesses side by side are counted too.
 */
export class Accounts {
  readonly #storage: Storage;
  readonly #cipher: Cipher;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #session: SessionFile;

  constructor(
    @Inject({ storage: Storage, cipher: StorageCipher, configFolder: ConfigFolder, logger: Logger })
    options: AccountsOptions,
  ) {
    this.#storage = options.storage;
    this.#cipher = options.cipher;
    this.#logger = options.logger;
    this.#now = options.now ?? Date.now;
    this.#session = new SessionFile(options.configFolder, options.logger);
  }

  /**
   * Makes an account with a fresh identity; nobody is signed in by it.
   *
   * @param name 1…32 UTF-8 bytes, unique without regard to case
   * @param password at least 8 characters, at most 1,024 UTF-8 bytes
   * @throws RoomkeyError `RK_ACCOUNT_NAME_INVALID`, `RK_ACCOUNT_PASSWORD_INVALID`,
   * `RK_ACCOUNT_EXISTS`
   */
  async create(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    const normal = normalizeName(name);
    checkPassword(password);
    const id = nameKey(normal);
    // Only so that the answer comes at once; `insert` is what decides.
    if ((await this.#storage.get(COLLECTION, id, options)) !== undefined) throw exists(normal);

    const seed = createIdentitySeed();
    const identity = identityFromSeed(seed);
    const { phc, key } = await hashPassword(password);
    const sealedSeed = sealSeed(this.#cipher, key, normal, identity.publicKey, seed);
    key.fill(0);
    seed.fill(0);
    const record: AccountRecord = {
      name: normal,
      publicKey: toHex(identity.publicKey),
      password: phc,
      sealedSeed,
      failures: 0,
      lockedUntil: 0,
    };
    try {
      await this.#storage.insert(COLLECTION, id, accountValue(record), options);
    } catch (error) {
      throw hasCode(error, 'RK_STORAGE_EXISTS') ? exists(normal) : error;
    }
    return { name: normal, identity };
  }

  /**
   * Unlocks an identity and keeps it unlocked in the user's config folder until `signOut`.
   *
   * @throws RoomkeyError as `unlock` does
   */
  async signIn(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    const { record, seed } = await this.#open(name, password, options);
    const identity = identityOf(seed, record);
    await this.#session.write({ name: record.name, seed });
    seed.fill(0);
    return { name: record.name, identity };
  }

  /**
   * Unlocks an identity for the one who asks and keeps nothing.
   *
   * @throws RoomkeyError `RK_ACCOUNT_REFUSED` where name or password are wrong,
   * `RK_ACCOUNT_THROTTLED` where there were too many failures, `RK_ACCOUNT_DAMAGED`
   */
  async unlock(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    const { record, seed } = await this.#open(name, password, options);
    const identity = identityOf(seed, record);
    seed.fill(0);
    return { name: record.name, identity };
  }

  /** Forgets who is signed in; nothing happens where nobody is. */
  async signOut(): Promise<void> {
    await this.#session.remove();
  }

  /**
   * Who is signed in, or nobody.
   *
   * @throws RoomkeyError `RK_ACCOUNT_DAMAGED` where the account in the store is not the one that
   * signed in: somebody put another in its place.
   */
  async current(options: OperationOptions = {}): Promise<SignedIn | undefined> {
    const session = await this.#session.read();
    if (session === undefined) return undefined;
    const { name, seed } = session;
    const account = await this.#find(nameKey(name), options);
    if (account === undefined) {
      this.#logger.warn('Whoever was signed in has no account in this store.', { name });
      return undefined;
    }
    if (account.record.name !== name) throw damaged(name, 'its name was changed');
    const identity = identityOf(seed, account.record);
    seed.fill(0);
    return { name, identity };
  }

  /**
   * Who is signed in.
   *
   * @throws RoomkeyError `RK_ACCOUNT_SIGNED_OUT` where nobody is, else as `current` does
   */
  async require(options: OperationOptions = {}): Promise<SignedIn> {
    const signedIn = await this.current(options);
    if (signedIn !== undefined) return signedIn;
    throw new RoomkeyError(
      'RK_ACCOUNT_SIGNED_OUT',
      'Nobody is signed in. Sign in with `roomkey account login`, or create an account with `roomkey account create`.',
    );
  }

  /** The account's record and its seed, for the right password. */
  async #open(
    name: string,
    password: string,
    options: OperationOptions,
  ): Promise<{ record: AccountRecord; seed: Uint8Array }> {
    const id = nameKey(name);
    const account = await this.#chargeAttempt(id, options);
    const key = await verifyPassword(password, account?.hash);
    if (account === undefined || key === undefined) {
      throw new RoomkeyError(
        'RK_ACCOUNT_REFUSED',
        'The name or the password is wrong. Try again, or create an account with `roomkey account create`.',
      );
    }
    const seed = openSeed(this.#cipher, key, account.record);
    key.fill(0);
    await this.#update(id, options, ({ record }) => ({ ...record, failures: 0, lockedUntil: 0 }));
    return { record: account.record, seed };
  }

  /** Counts an attempt as failed before it is made; the right password takes that back. */
  #chargeAttempt(id: string, options: OperationOptions): Promise<StoredAccount | undefined> {
    return this.#update(id, options, ({ record }) => {
      const now = this.#now();
      const wait = record.lockedUntil - now;
      // A longer wait than there is means that the clock was set back meanwhile.
      if (wait > 0 && wait <= LONGEST_LOCK_MS) throw throttled(record.name, wait);
      const failures = record.failures + 1;
      const excess = failures - FREE_FAILURES;
      const lock = excess > 0 ? Math.min(1_000 * 2 ** excess, LONGEST_LOCK_MS) : 0;
      return { ...record, failures, lockedUntil: lock === 0 ? 0 : now + lock };
    });
  }

  /** Changes an account, again and again until nobody else changed it meanwhile. */
  async #update(
    id: string,
    options: OperationOptions,
    change: (account: StoredAccount) => AccountRecord,
  ): Promise<StoredAccount | undefined> {
    for (;;) {
      const account = await this.#find(id, options);
      if (account === undefined) return undefined;
      const record = change(account);
      try {
        const value = accountValue(record);
        const stored = await this.#storage.replace(
          COLLECTION,
          id,
          account.revision,
          value,
          options,
        );
        return { ...account, record, revision: stored.revision };
      } catch (error) {
        if (!hasCode(error, 'RK_STORAGE_CONFLICT')) throw error;
      }
    }
  }

  async #find(id: string, options: OperationOptions): Promise<StoredAccount | undefined> {
    const document = await this.#storage.get(COLLECTION, id, options);
    return document && readAccount(document);
  }
}

export const AccountsToken = token<Accounts>('accounts');

function exists(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_EXISTS',
    `There is an account named ${name} already. Sign in with it, or choose another name.`,
  );
}

function throttled(name: string, wait: number): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_THROTTLED',
    `Too many failed attempts for ${name}. Try again in ${Math.ceil(wait / 1_000)} s.`,
  );
}
