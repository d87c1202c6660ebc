import type { StoredDocument } from '../contracts/storage.js';
import { nameKey } from '../people/names.js';
import { unverifiedFields, decodeRoomRecord, type RoomRecord } from './room-record.js';

/** The collection of rooms; ids are room ids. */
export const ROOMS = 'rooms';

/**
 * A document that may be a room: its unverified fields are available at once; the first read of `record`
 * verifies it, in some 0.1 ms.
 */
export class StoredRoom {
  readonly id: string;
  readonly revision: number;
  /** Unverified name; empty if it cannot be a room. */
  readonly name: string;
  /** Unverified public key of the owner in hexadecimal digits; empty if it cannot be a room. */
  readonly host: string;
  readonly #onRefused: (room: StoredRoom) => void;
  /** Until it is verified. */
  #document: StoredDocument | undefined;
  #record: RoomRecord | undefined;
  #nameKey: string | undefined;

  /** @param onRefused called once if the verification fails */
  constructor(document: StoredDocument, onRefused: (room: StoredRoom) => void) {
    this.id = document.id;
    this.revision = document.revision;
    const { name, host } = unverifiedFields(document);
    this.name = name;
    this.host = host;
    this.#document = document;
    this.#onRefused = onRefused;
  }

  /** The verified room; `undefined` if its owner did not store it. */
  get record(): RoomRecord | undefined {
    if (this.#document !== undefined) {
      this.#record = decodeRoomRecord(this.#document);
      this.#document = undefined;
      if (this.#record === undefined) this.#onRefused(this);
    }
    return this.#record;
  }

  /** `nameKey` of `name`. */
  get nameKey(): string {
    return (this.#nameKey ??= nameKey(this.name));
  }
}
