import type { SignedIn } from '../people/accounts.js';
import type { RoomParameters } from '../secure/room-parameters.js';

/** A room that a person is about to enter, with all that proves the right to. */
export interface CallRoom {
  /** The room id, 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** What its owner is called. */
  readonly owner: string;
  readonly parameters: RoomParameters;
  /** Who enters. */
  readonly account: SignedIn;
  /** `derivePasswordSecret`'s result, in password rooms. */
  readonly passwordSecret?: Uint8Array;
}
