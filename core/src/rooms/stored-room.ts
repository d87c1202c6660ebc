import type { StoredDocument } from '../contracts/storage.js';
import { nameKey } from '../people/names.js';
import { unverifiedFields, decodeRoomRecord, type RoomRecord } from './room-record.js';

/** The collection of rooms; ids are room ids. */
export const ROOMS = 'rooms';

/**
 * A document that may be a room: what it claims can be had at once, and it is verified when it is
 * first asked for its record, which takes some tenths of a millisecond.
 */
export class StoredRoom {
  readonly id: string;
  readonly revision: number;
  /** What it claims to be called; empty where it can be no room. */
  readonly name: string;
  /** Whose it claims to be: a public key in hexadecimal digits; empty where it can be no room. */
  readonly host: string;
  readonly #onRefused: (room: StoredRoom) => void;
  /** Until it is verified. */
  #document: StoredDocument | undefined;
  #record: RoomRecord | undefined;
  #nameKey: string | undefined;

  /** @param onRefused told once, where it turns out to be no room that its owner stored */
  constructor(document: StoredDocument, onRefused: (room: StoredRoom) => void) {
    this.id = document.id;
    this.revision = document.revision;
    const { name, host } = unverifiedFields(document);
    this.name = name;
    this.host = host;
    this.#document = document;
    this.#onRefused = onRefused;
  }

  /** The room; `undefined` where it is none that its owner stored. */
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
