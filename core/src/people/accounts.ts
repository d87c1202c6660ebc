import { ConfigFolder, Inject, StorageCipher, StoreName } from '../container/index.js';
import { Logger, Storage, token, type Cipher, type OperationOptions } from '../contracts/index.js';
import { RoomkeyError, type ErrorCode } from '../errors/index.js';
import { equalBytes, fromHex } from '../secure/bytes.js';
import { identityFromSeed } from '../secure/identity.js';
import { asError } from '../util/deferred.js';
import { shellArgument } from '../util/shell-argument.js';
import { createAccount, damaged, isImported, sealAccount } from './account-record.js';
import { AccountStore, changedMeanwhile, type OpenedAccount } from './account-store.js';
import { importUsers, type ImportOptions, type ImportResult } from './import-users.js';
import type { LegacyUser } from './legacy-users.js';
import { normalizeNewName, normalizeName } from './names.js';
import { accountFolder, removePrivateFolder } from './private-files.js';
import { PinnedIdentities, accountReplaced } from './pinned-identities.js';
import { checkPassword, isTooShort } from './password-hash.js';
import { PeopleToken, type People } from './people.js';
import { RoomPasswords } from './room-passwords.js';
import { SignInFile, type SignedIn } from './sign-in-file.js';

export type { SignedIn };

/** What `Accounts` works with. */
export interface AccountsOptions {
  readonly storage: Storage;
  /** Seals the private keys. */
  readonly cipher: Cipher;
  /** The folder for the secrets of this user on this machine. */
  readonly configFolder: string;
  /** The name of the plugin whose store this is. */
  readonly storeName: string;
  /** The peers that each account has met; deleting an account deletes them. */
  readonly people: Pick<People, 'of'>;
  readonly logger: Logger;
  /** Milliseconds since 1970; `Date.now` but in tests. */
  readonly now?: () => number;
}

/** Options of a sign-in. */
export interface SignInOptions extends OperationOptions {
  /** Whether the user accepts that the identity of the account has changed. */
  readonly isNewIdentity?: boolean;
}

/**
 * The accounts of this store: a name, a password, and an Ed25519 identity that only the password
 * unlocks.
 *
 * Guessing is slow: a guess costs scrypt's 128 MiB and a few hundred ms, unknown names cost the
 * same, and after five failures an account is locked for 2, 4, 8 … seconds, 15 minutes at most. An
 * attempt is counted before the password is checked, so that parallel guesses count too.
 */
export class Accounts {
  readonly #cipher: Cipher;
  readonly #logger: Logger;
  readonly #configFolder: string;
  readonly #store: AccountStore;
  readonly #people: Pick<People, 'of'>;
  readonly #signInFile: SignInFile;
  readonly #pins: PinnedIdentities;

  constructor(
    @Inject({
      storage: Storage,
      cipher: StorageCipher,
      configFolder: ConfigFolder,
      storeName: StoreName,
      people: PeopleToken,
      logger: Logger,
    })
    options: AccountsOptions,
  ) {
    const { storage, cipher, configFolder, storeName, people, logger, now = Date.now } = options;
    this.#people = people;
    this.#cipher = cipher;
    this.#logger = logger;
    this.#configFolder = configFolder;
    this.#store = new AccountStore({ storage, cipher, now });
    this.#signInFile = new SignInFile(configFolder, logger);
    this.#pins = new PinnedIdentities({ configFolder, store: storeName, logger });
  }

  /**
   * Creates an account with a new identity; does not sign in.
   *
   * @param name 1…32 UTF-8 bytes, unique without regard to case
   * @param password at least 8 characters, at most 1,024 UTF-8 bytes
   * @throws RoomkeyError `RK_ACCOUNT_NAME_INVALID`, `RK_ACCOUNT_PASSWORD_INVALID`,
   * `RK_ACCOUNT_EXISTS`
   */
  async create(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    const normal = await this.requireNew(name, options);
    checkPassword(password);
    const account = await createAccount(this.#cipher, normal, password);
    const signedIn = identityOf(account);
    if (!(await this.#store.insert(account.record, options))) throw exists(normal);
    await this.#pins.remember(signedIn.name, signedIn.identity.publicKey);
    return signedIn;
  }

  /**
   * Checks that an account of this name can be created, before the person chooses a password; only
   * `create` is final.
   *
   * @returns the name as it would be stored
   * @throws RoomkeyError `RK_ACCOUNT_NAME_INVALID`, `RK_ACCOUNT_EXISTS`
   */
  async requireNew(name: string, options: OperationOptions = {}): Promise<string> {
    const normal = normalizeNewName(name);
    if (await this.#store.has(normal, options)) throw exists(normal);
    return normal;
  }

  /**
   * Unlocks an identity and keeps it unlocked in the user's config folder until `signOut`. An
   * imported account gets its identity here.
   *
   * @throws RoomkeyError as `unlock` does; with `isNewIdentity` not `RK_ACCOUNT_REPLACED` and not
   * `RK_STORAGE_DAMAGED`
   */
  async signIn(name: string, password: string, options: SignInOptions = {}): Promise<SignedIn> {
    const account = await this.#open(name, password, options);
    await this.#signInFile.write(account.record.name, account.seed);
    const signedIn = identityOf(account);
    await this.#pins.remember(signedIn.name, signedIn.identity.publicKey);
    return signedIn;
  }

  /**
   * Unlocks an identity for the caller and stores nothing.
   *
   * @throws RoomkeyError `RK_ACCOUNT_REFUSED` if name or password are wrong,
   * `RK_ACCOUNT_THROTTLED` after too many failures, `RK_ACCOUNT_CHANGED` if other writers keep
   * changing it at the same time, `RK_ACCOUNT_REPLACED` if it is not the account that was used on
   * this machine, `RK_STORAGE_DAMAGED` if the file that would tell is damaged, `RK_ACCOUNT_DAMAGED`
   */
  async unlock(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    return identityOf(await this.#open(name, password, options));
  }

  /** Signs out; does nothing if no one is signed in. Needs no store. */
  async signOut(): Promise<void> {
    await this.#signInFile.remove();
  }

  /**
   * Gives an account a new password. The identity and all sign-ins, here and on other machines, stay.
   *
   * @param newPassword at least 8 characters, at most 1,024 UTF-8 bytes
   * @throws RoomkeyError `RK_ACCOUNT_PASSWORD_INVALID` where the new one is not allowed,
   * `RK_ACCOUNT_CHANGED` where it was changed on another machine at the same time; of the old one
   * as `unlock` does
   */
  async changePassword(
    name: string,
    oldPassword: string,
    newPassword: string,
    options: OperationOptions = {},
  ): Promise<SignedIn> {
    checkPassword(newPassword);
    const account = await this.#openKnown(name, oldPassword, options);
    const { record, seed } = account;
    const publicKey = fromHex(record.publicKey);
    const sealed = await sealAccount(this.#cipher, record.name, publicKey, seed, newPassword);
    const signedIn = identityOf(account);
    const isChanged = await this.#store.replacePassword(
      record,
      // Failures that were counted meanwhile stay counted.
      ({ failures, lockedUntil }) => ({ ...record, ...sealed, failures, lockedUntil }),
      options,
    );
    if (!isChanged) throw changedMeanwhile(record.name);
    return signedIn;
  }

  /**
   * Deletes an account for good, and its data on this machine: known peers, visited rooms, password
   * checks of its rooms, and its session. The caller deletes its rooms first.
   *
   * @throws RoomkeyError as `changePassword` does; then the account still exists. Local data that
   * cannot be deleted afterwards is a warning
   */
  async remove(name: string, password: string, options: OperationOptions = {}): Promise<SignedIn> {
    const account = await this.#openKnown(name, password, options);
    const removed = identityOf(account);
    const { publicKey } = removed.identity;
    const session = await this.#signInFile.read();
    // First: if deleting the account fails, its local data must survive.
    if (!(await this.#store.remove(account.record, options))) throw changedMeanwhile(removed.name);
    const isSignedIn = session !== undefined && equalBytes(session.identity.publicKey, publicKey);
    const kept = await Promise.allSettled([
      ...(isSignedIn ? [this.#signInFile.remove()] : []),
      this.#people.of(publicKey).forgetAll(),
      new RoomPasswords(this.#configFolder, removed.identity, this.#logger).forgetAll(),
      this.#pins.forget(removed.name, publicKey),
      removePrivateFolder(accountFolder(this.#configFolder, 'visits', publicKey)),
    ]);
    for (const result of kept) {
      if (result.status === 'fulfilled') continue;
      this.#logger.warn(
        `The account ${removed.name} is deleted, and something of it is left in ${this.#configFolder}: ${asError(result.reason).message}`,
        { code: 'RK_STORAGE_IO' satisfies ErrorCode, error: result.reason as unknown },
      );
    }
    return removed;
  }

  /**
   * Imports the users of the original app. Only their hashes are stored, wrapped in scrypt; each gets
   * an identity at its first sign-in. Existing accounts are not changed, so an aborted import can be
   * repeated.
   *
   * @param users from `parseLegacyUsers`
   */
  import(users: readonly LegacyUser[], options: ImportOptions = {}): Promise<ImportResult> {
    return importUsers(this.#store, users, options);
  }

  /** Whether this store has an account of that name, without regard to case. */
  async has(name: string, options: OperationOptions = {}): Promise<boolean> {
    return await this.#store.has(normalizeName(name), options);
  }

  /**
   * The account that is signed in, if any.
   *
   * @throws RoomkeyError `RK_ACCOUNT_REPLACED` where the account in the store is not the one that
   * signed in: another store is in use, or the account was replaced; `RK_ACCOUNT_DAMAGED`
   */
  async current(options: OperationOptions = {}): Promise<SignedIn | undefined> {
    const session = await this.#signInFile.read();
    if (session === undefined || (await this.#isStored(session, options))) return session;
    this.#logger.warn(notStored(session.name).message);
    return undefined;
  }

  /** Whether the store has the account that signed in. @throws as `current` does */
  async #isStored({ name, identity }: SignedIn, options: OperationOptions): Promise<boolean> {
    const account = await this.#store.find(name, options);
    if (account === undefined) return false;
    const { record } = account;
    if (record.name !== name) throw damaged(name, 'its name was changed');
    const now = isImported(record) ? undefined : fromHex(record.publicKey);
    if (now !== undefined && equalBytes(now, identity.publicKey)) return true;
    throw accountReplaced(name, [identity.publicKey], now);
  }

  /**
   * The account that is signed in.
   *
   * @throws RoomkeyError `RK_ACCOUNT_SIGNED_OUT` if none is, else as `current` does
   */
  async require(options: OperationOptions = {}): Promise<SignedIn> {
    const session = await this.#signInFile.require();
    if (!(await this.#isStored(session, options))) throw notStored(session.name);
    return session;
  }

  /** Opens an account whose identity has not changed, unless the caller accepts a new one. */
  #openKnown(
    name: string,
    password: string,
    { isNewIdentity = false, ...options }: SignInOptions,
  ): Promise<OpenedAccount> {
    return this.#store.open(name, password, options, async (identity) => {
      if (!isNewIdentity) await this.#pins.verify(name, identity);
    });
  }

  async #open(name: string, password: string, options: SignInOptions): Promise<OpenedAccount> {
    const account = await this.#openKnown(name, password, options);
    if (isTooShort(password)) {
      this.#logger.warn(
        `The password of ${account.record.name} comes from the original app and is too short to be safe. Choose a longer one: in the window under Account, in a terminal with \`roomkey account password\`.`,
        { code: 'RK_ACCOUNT_PASSWORD_INVALID' satisfies ErrorCode },
      );
    }
    return account;
  }
}

export const AccountsToken = token<Accounts>('accounts');

/** The identity of an account that was opened. Its seed is erased. */
function identityOf({ record, seed }: OpenedAccount): SignedIn {
  const identity = identityFromSeed(seed);
  seed.fill(0);
  return { name: record.name, identity };
}

/** The session is kept: the store in use may be only a stand-in. */
function notStored(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_SIGNED_OUT',
    `${name} is signed in on this computer but has no account in the store in use. \`roomkey plugins check\` shows which store that is and why; \`roomkey storage copy\` copies accounts from another store. Or sign in with an account of this store.`,
  );
}

function exists(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_EXISTS',
    `${name} already has an account here. Sign in with \`roomkey account login ${shellArgument(name)}\`, or choose another name.`,
  );
}
