import type { SignedIn } from '../people/accounts.js';
import type { RoomParameters } from '../secure/room-parameters.js';

/** A room that a user is about to enter, and what proves the right to enter it. */
export interface CallRoom {
  /** The room id, 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** The name of its owner. */
  readonly owner: string;
  readonly parameters: RoomParameters;
  /** The user who enters. */
  readonly account: SignedIn;
  /** The result of `derivePasswordSecret`, in rooms with a password. */
  readonly passwordSecret?: Uint8Array;
}
