import type { Storage } from '../contracts/index.js';

/** An empty store for one case. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** A further instance on the same data, as in another process; the first stays open. */
  reopen(): Promise<Storage>;
  /** Closes all instances and removes their data. */
  close(): Promise<void>;
}

/** Runs a case on an empty store. */
export type StorageCase = (
  name: string,
  body: (storage: Storage, test: StorageUnderTest) => Promise<void>,
) => void;

/** The ids of documents, in order. */
export function idsOf(documents: readonly { readonly id: string }[]): string[] {
  return documents.map(({ id }) => id);
}
