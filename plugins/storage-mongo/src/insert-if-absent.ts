import type { Collection, OptionalUnlessRequiredId } from 'mongodb';
import { isDuplicate } from './errors.js';

/** Inserts a document. @returns whether its id was free */
export async function insertIfAbsent<T extends { readonly _id: string }>(
  collection: Collection<T>,
  document: OptionalUnlessRequiredId<T>,
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
