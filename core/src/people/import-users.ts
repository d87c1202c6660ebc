import type { OperationOptions } from '../contracts/index.js';
import { hasCode } from '../errors/index.js';
import type { ImportedRecord } from './account-record.js';
import type { AccountStore } from './account-store.js';
import { abbreviate, type LegacyUser } from './legacy-users.js';
import { nameKey, normalizeNewName } from './names.js';
import { hashPassword } from './password-hash.js';

/** Options of an import. */
export interface ImportOptions extends OperationOptions {
  /** Called after each user who is not refused. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of each user of the file. */
export interface ImportResult {
  /** Names of those who can sign in now. */
  readonly imported: readonly string[];
  /** Names of those who were there already and were left as they are. */
  readonly existing: readonly string[];
  readonly refused: readonly RefusedUser[];
}

/** A user who cannot be imported. */
export interface RefusedUser {
  /** Which one in the file, from 1. */
  readonly entry: number;
  /** Fit to be shown, and cut where it is long; may be empty. */
  readonly name: string;
  /** A sentence. */
  readonly reason: string;
}

interface Accepted {
  readonly name: string;
  readonly hash: string;
}

/** Each hashing takes 128 MiB and a processor. */
const AT_ONCE = 2;

/** Imports users: `Accounts.import`. */
export async function importUsers(
  store: AccountStore,
  users: readonly LegacyUser[],
  { signal, onProgress }: ImportOptions,
): Promise<ImportResult> {
  const { accepted, refused } = sortOut(users);
  const outcomes: boolean[] = [];
  // The first failure stops the others, too; what is stored by then stays.
  const failure = new AbortController();
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const queue = accepted.entries();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const [index, user] of queue) {
      try {
        either.throwIfAborted();
        outcomes[index] = await importUser(store, user, { signal: either });
      } catch (error) {
        failure.abort(error);
        throw error;
      }
      done += 1;
      onProgress?.(done, accepted.length);
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  const named = (outcome: boolean): string[] =>
    accepted.filter((_, index) => outcomes[index] === outcome).map(({ name }) => name);
  return { imported: named(true), existing: named(false), refused };
}

/** @returns whether it is new */
async function importUser(
  store: AccountStore,
  { name, hash }: Accepted,
  options: OperationOptions,
): Promise<boolean> {
  // Saves hashing when an import is repeated; `insert` decides.
  if (await store.has(name, options)) return false;
  const { phc, key } = await hashPassword(hash);
  key.fill(0);
  const record: ImportedRecord = { name, legacyPassword: phc, failures: 0, lockedUntil: 0 };
  return store.insert(record, options);
}

/** Accepts users with a valid name; of several with the same `nameKey`, the first. */
function sortOut(users: readonly LegacyUser[]): { accepted: Accepted[]; refused: RefusedUser[] } {
  const accepted = new Map<string, Accepted>();
  const refused: RefusedUser[] = [];
  for (const [index, { name, hash }] of users.entries()) {
    const refuse = (reason: string): void => {
      refused.push({ entry: index + 1, name: abbreviate(name), reason });
    };
    try {
      const normal = normalizeNewName(name);
      const id = nameKey(normal);
      if (!accepted.has(id)) accepted.set(id, { name: normal, hash });
      else refuse('An earlier entry has the same name, or one that differs only in case.');
    } catch (error) {
      if (!hasCode(error, 'RK_ACCOUNT_NAME_INVALID')) throw error;
      refuse(error.message);
    }
  }
  return { accepted: [...accepted.values()], refused };
}
