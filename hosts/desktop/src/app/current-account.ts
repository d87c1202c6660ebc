import {
  fingerprint,
  hasCode,
  RoomkeyError,
  SerialQueue,
  SignInFile,
  type Logger,
  type Roomkey,
  type SignedIn,
} from '@roomkey/core/host';
import type { AppEvent } from '../messages/index.js';
import { LastAccount } from './last-account.js';

export interface CurrentAccountOptions {
  readonly accounts: Roomkey['accounts'];
  readonly rooms: Pick<Roomkey['rooms'], 'removeOwn'>;
  readonly configFolder: string;
  /**
   * Called when another account, or none, is signed in: leaves the call and reads the rooms again.
   */
  readonly onChange: () => Promise<void>;
  readonly logger: Logger;
}

/** The signed-in account. Commands run one after another. */
export class CurrentAccount {
  readonly #options: CurrentAccountOptions;
  #signedIn: SignedIn | undefined;
  /** Name of the current or previous account; `undefined` if none can sign in. */
  #last: string | undefined;
  readonly #lastFile: LastAccount;
  readonly #commands = new SerialQueue();

  constructor(options: CurrentAccountOptions) {
    this.#options = options;
    this.#lastFile = new LastAccount(options.configFolder, options.logger);
  }

  get signedIn(): SignedIn | undefined {
    return this.#signedIn;
  }

  get event(): AppEvent {
    if (this.#signedIn === undefined) {
      return {
        event: 'account',
        account: null,
        ...(this.#last !== undefined && { last: this.#last }),
      };
    }
    const { name, identity } = this.#signedIn;
    return { event: 'account', account: { name, fingerprint: fingerprint(identity.publicKey) } };
  }

  /** @throws RoomkeyError `RK_ACCOUNT_SIGNED_OUT` */
  require(): SignedIn {
    if (this.#signedIn !== undefined) return this.#signedIn;
    throw new RoomkeyError('RK_ACCOUNT_SIGNED_OUT', 'You’re signed out. Sign in and try again.');
  }

  /**
   * Restores the previous session. An unavailable store signs no one out.
   *
   * @throws RoomkeyError `RK_ACCOUNT_DAMAGED`, `RK_ACCOUNT_REPLACED`; `RK_ACCOUNT_SIGNED_OUT` if
   * the store has no such account
   */
  async load(): Promise<void> {
    try {
      await this.#loadSession();
    } finally {
      this.#last = this.#signedIn?.name ?? (await this.#whoCanSignIn());
    }
  }

  async #loadSession(): Promise<void> {
    const { accounts, configFolder, logger } = this.#options;
    const session = new SignInFile(configFolder, logger);
    try {
      this.#signedIn = await accounts.current();
      const stranger = this.#signedIn === undefined ? await session.read() : undefined;
      if (stranger !== undefined) throw notHere(stranger.name);
    } catch (error) {
      if (hasCode(error, 'RK_ACCOUNT_DAMAGED')) throw unknown(error);
      if (!hasCode(error, 'RK_STORAGE_IO')) throw error;
      this.#signedIn = await session.read();
    }
  }

  /** The last account's name, if the store has the account or is unavailable. */
  async #whoCanSignIn(): Promise<string | undefined> {
    const name = await this.#lastFile.read();
    if (name === undefined) return undefined;
    const isHere = await this.#options.accounts.has(name).catch(() => true);
    return isHere ? name : undefined;
  }

  /** @throws RoomkeyError as `Accounts.create` and `Accounts.signIn` */
  create(name: string, password: string): Promise<void> {
    return this.#commands.run(async () => {
      await this.#options.accounts.create(name, password);
      await this.#become(await this.#options.accounts.signIn(name, password));
    });
  }

  /** @throws RoomkeyError as `Accounts.signIn` */
  signIn(name: string, password: string, isNewIdentity = false): Promise<void> {
    return this.#commands.run(async () => {
      const wrong = 'The name or the password is wrong. Try again, or create an account.';
      const signingIn = this.#options.accounts.signIn(name, password, { isNewIdentity });
      await this.#become(await signingIn.catch(refused(wrong)));
    });
  }

  /** @throws RoomkeyError `RK_STORAGE_IO` */
  signOut(): Promise<void> {
    return this.#commands.run(async () => {
      await this.#options.accounts.signOut();
      await this.#remember(this.#last);
      await this.#become(undefined);
    });
  }

  /** @throws RoomkeyError as `Accounts.changePassword` */
  changePassword(oldPassword: string, newPassword: string): Promise<void> {
    return this.#commands.run(async () => {
      const { name } = this.require();
      await this.#options.accounts
        .changePassword(name, oldPassword, newPassword)
        .catch(refused('This is not your password.'));
    });
  }

  /**
   * Deletes the signed-in account: first its rooms, then the account and the people it has met.
   *
   * @throws RoomkeyError as `Accounts.remove` and `Rooms.removeOwn`; the account still exists then
   */
  remove(password: string): Promise<void> {
    return this.#commands.run(async () => {
      const { accounts, rooms } = this.#options;
      const account = await accounts
        .unlock(this.require().name, password)
        .catch(refused('This is not your password.'));
      await rooms.removeOwn(account);
      await accounts.remove(account.name, password);
      await this.#remember(undefined);
      await this.#become(undefined);
    });
  }

  async #become(signedIn: SignedIn | undefined): Promise<void> {
    this.#signedIn = signedIn;
    if (signedIn !== undefined) await this.#remember(signedIn.name);
    await this.#options.onChange();
  }

  async #remember(name: string | undefined): Promise<void> {
    this.#last = name;
    await this.#lastFile.write(name);
  }
}

function notHere(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_SIGNED_OUT',
    `${name} signed in here, and has no account in the store that is in use now (Settings shows which). Sign in with an account of this store, or create one.`,
  );
}

function unknown(cause: Error): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_DAMAGED',
    'Who was signed in here cannot be told: the file that says so, or the account in the store, is damaged. Sign in again.',
    { cause },
  );
}

/** Replaces core's sentence, which names a command, by one for the window. */
function refused(sentence: string): (error: unknown) => never {
  return (cause) => {
    if (!hasCode(cause, 'RK_ACCOUNT_REFUSED')) throw cause;
    throw new RoomkeyError('RK_ACCOUNT_REFUSED', sentence, { cause });
  };
}
