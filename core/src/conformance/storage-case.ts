import type { Storage } from '../contracts/index.js';

/** A store with nothing in it, made for one case. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** Another instance on the same data, as another process would have it; the first lives on. */
  reopen(): Promise<Storage>;
  /** Ends all instances and removes what they stored. */
  close(): Promise<void>;
}

/** Runs a case on a fresh store. */
export type StorageCase = (
  name: string,
  body: (storage: Storage, test: StorageUnderTest) => Promise<void>,
) => void;

/** The ids of documents, as they come. */
export function idsOf(documents: readonly { readonly id: string }[]): string[] {
  return documents.map(({ id }) => id);
}
