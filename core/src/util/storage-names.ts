const COLLECTION = /^[a-z0-9-]{1,32}$/;
const ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Checks the names passed to a `Storage` operation; stores call it first. Throws a `TypeError`
 * without a code, since an invalid name is a bug of the caller.
 */
export function checkStorageNames(collection: string, id?: string): void {
  if (!COLLECTION.test(collection)) {
    throw new TypeError(`${JSON.stringify(collection)} is not a valid collection name.`);
  }
  if (id !== undefined && !isStorageId(id)) {
    throw new TypeError(`${JSON.stringify(id)} is not a valid document id.`);
  }
}

/** Whether it is a valid document id: 1…128 characters of `A-Z a-z 0-9 . _ : -`. */
export function isStorageId(id: string): boolean {
  return ID.test(id);
}
