import type { LetIn, RoomEntry } from '@roomkey/core/host';
import { UsageError } from '../failure.js';

/** The values of `--let-in`. */
export const letInValues = ['ask', 'known', 'anyone'] as const satisfies readonly LetIn[];

/**
 * Who gets into an own room without a question. In a room with a password anyone who knows it; in a
 * room without one the owner is asked at a terminal, and elsewhere only people met before get in.
 *
 * @param value of `--let-in`; `undefined` if it was not given
 * @param hasTerminal whether there is someone to ask
 * @returns undefined for a guest
 * @throws UsageError if it does not fit
 */
export function letInPolicy(
  value: LetIn | undefined,
  room: Pick<RoomEntry, 'mine' | 'password'>,
  hasTerminal: boolean,
): LetIn | undefined {
  if (!room.mine) {
    if (value === undefined) return undefined;
    throw new UsageError('--let-in is only for your own rooms.');
  }
  if (value === 'ask' && !hasTerminal) {
    throw new UsageError(
      '--let-in ask needs a terminal to ask at. Use --let-in known or --let-in anyone.',
    );
  }
  if (value !== undefined) return value;
  if (room.password) return 'anyone';
  return hasTerminal ? 'ask' : 'known';
}
