const COLLECTION = /^[a-z0-9-]{1,32}$/;
const ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Checks what every `Storage` operation takes; a store calls it first. A name that is not allowed is
 * a bug of the caller, so it is a `TypeError` and has no code.
 */
export function checkStorageNames(collection: string, id?: string): void {
  if (!COLLECTION.test(collection)) {
    throw new TypeError(`${JSON.stringify(collection)} cannot name a collection of documents.`);
  }
  if (id !== undefined && !isStorageId(id)) {
    throw new TypeError(`${JSON.stringify(id)} cannot be the id of a document.`);
  }
}

/** Whether it can be the id of a document: 1…128 characters of `A-Z a-z 0-9 . _ : -`. */
export function isStorageId(id: string): boolean {
  return ID.test(id);
}
