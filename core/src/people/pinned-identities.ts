import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { systemReason } from '../util/errno.js';
import { shellArgument } from '../util/shell-argument.js';
import { PrivateJsonFile } from './private-json-file.js';
import { fingerprint } from './fingerprint.js';
import { nameKey } from './names.js';

const fileSchema = z.strictObject({
  name: z.string(),
  /** The newest last. */
  identities: z.array(
    z.strictObject({
      /** The plugin whose store has the account. */
      store: z.string(),
      /** Ed25519 public key, 32 bytes. */
      identity: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
type PinFile = z.infer<typeof fileSchema>;

/** Bounds the file; no user has this many accounts with one name. */
const MAX_IDENTITIES = 8;

/** What `PinnedIdentities` works with. */
export interface PinnedIdentitiesOptions {
  /** The folder for the secrets of this user on this machine. */
  readonly configFolder: string;
  /** The name of the plugin whose store is in use: another store may have another account of a name. */
  readonly store: string;
  readonly logger: Logger;
}

/**
 * The identities of the user's accounts on this machine, by name and store. An attacker who can write
 * to a store could replace an account, or turn it back into an imported one, which gets a new
 * identity; these pins detect it before the account is used.
 *
 * Kept in the user's own config folder and not in the `Storage`, as `KnownPeers` is and for the same
 * reason.
 */
export class PinnedIdentities {
  readonly #options: PinnedIdentitiesOptions;

  constructor(options: PinnedIdentitiesOptions) {
    this.#options = options;
  }

  /**
   * Passes an account whose identity was used here before, in any store, or whose name was not used
   * with this store.
   *
   * @param identity public key, 32 bytes; `undefined` if the account would get a new one
   * @throws RoomkeyError `RK_ACCOUNT_REPLACED`; `RK_STORAGE_DAMAGED` if the file is damaged
   */
  async verify(name: string, identity: Uint8Array | undefined): Promise<void> {
    const known = await this.#known(name);
    const here = known.filter(({ store }) => store === this.#options.store);
    if (here.length === 0) return;
    const shown = identity && toHex(identity);
    if (known.some((one) => one.identity === shown)) return;
    const before = here.map((one) => fromHex(one.identity));
    throw accountReplaced(name, before, identity);
  }

  /**
   * Pins the identity of an account after a sign-in or its creation. Overwrites a damaged file: the
   * user has confirmed this identity.
   */
  async remember(name: string, identity: Uint8Array): Promise<void> {
    const file = this.#file(name);
    const others = this.#others(await file.read(), identity);
    const own = { store: this.#options.store, identity: toHex(identity) };
    await file.write({ name, identities: [...others, own].slice(-MAX_IDENTITIES) });
  }

  /** Forgets the identity of an account that was deleted. */
  async forget(name: string, identity: Uint8Array): Promise<void> {
    const file = this.#file(name);
    const identities = this.#others(await file.read(), identity);
    await (identities.length === 0 ? file.remove() : file.write({ name, identities }));
  }

  /** All but this one in this store. */
  #others(file: PinFile | undefined, identity: Uint8Array): PinFile['identities'] {
    const { store } = this.#options;
    const hex = toHex(identity);
    return (file?.identities ?? []).filter((one) => one.store !== store || one.identity !== hex);
  }

  /** A damaged file must not count as missing: a replaced account would count as the first. */
  async #known(name: string): Promise<PinFile['identities']> {
    try {
      return (await this.#file(name).readOrThrow())?.identities ?? [];
    } catch (error) {
      throw new OwnAccountUnreadableError(name, this.#path(name), error);
    }
  }

  #file(name: string): PrivateJsonFile<PinFile> {
    const { logger } = this.#options;
    return new PrivateJsonFile(this.#path(name), fileSchema, 'Which identity is one’s own', logger);
  }

  #path(name: string): string {
    return join(this.#options.configFolder, 'own-accounts', `${nameKey(name)}.json`);
  }
}

/** `RK_STORAGE_DAMAGED` where nothing says any more whether an account is the one that was used here. */
export class OwnAccountUnreadableError extends RoomkeyError {
  /** The file that would say it. */
  readonly ownAccountFile: string;

  constructor(name: string, path: string, cause: unknown) {
    super(
      'RK_STORAGE_DAMAGED',
      `Roomkey can’t check that the account ${name} is still yours, since ${path} can’t be read (${systemReason(cause)}): if you’re sure that it is, sign in with \`roomkey account login --new-identity ${shellArgument(name)}\`, which writes the file again.`,
      { cause },
    );
    this.ownAccountFile = path;
  }
}

/**
 * The error for an account that replaced one that was used here.
 *
 * @param before public keys, 32 bytes each
 * @param now public key, 32 bytes; `undefined` where the account would get a new one
 */
export function accountReplaced(
  name: string,
  before: readonly Uint8Array[],
  now: Uint8Array | undefined,
): RoomkeyError {
  const shown =
    now === undefined ? 'Now it has none and would get a new one' : `Now: ${fingerprint(now)}`;
  return new RoomkeyError(
    'RK_ACCOUNT_REPLACED',
    `The account ${name} in this store is not the one that you used on this computer: its identity has changed. Before: ${before.map(fingerprint).join(', ')}. ${shown}. If you deleted the account and created it again, or use a different store now (\`roomkey plugins check\` shows which), sign in with \`roomkey account login --new-identity ${shellArgument(name)}\`; people you met are told that you changed. If not, someone may have changed the store: do not sign in, and ask its administrator.`,
  );
}
