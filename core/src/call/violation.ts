import { RoomkeyError } from '../errors/index.js';

/** What ends a call where the partner sent a record that is sealed as it should be and may not come. */
export function violation(what: string): RoomkeyError {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    `The other side sent ${what}. The call was cut; update Roomkey on both sides.`,
  );
}
