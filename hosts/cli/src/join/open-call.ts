import {
  hasCode,
  ownEnvironment,
  type Call,
  type RoomEntry,
  type Roomkey,
  type SignedIn,
} from '@roomkey/core/host';
import type { CommandContext } from '../context.js';
import { UsageError } from '../failure.js';
import { isTyped, readPassword, type PasswordRequest, type PasswordSource } from '../password.js';

/** Who enters which room, and how the password is given. */
export interface OpenCallOptions {
  readonly account: SignedIn;
  readonly room: RoomEntry;
  /** Whether the password comes from standard input. */
  readonly passwordStdin?: boolean;
  /** Whether an owner means a password that is not the one of last time. */
  readonly newPassword?: boolean;
}

/**
 * Asks for the room's password where it has one, and prepares the call. A new password of an own room is asked
 * for twice; so is one that is not the password of last time, where there is somebody to ask.
 *
 * @param source where passwords come from; default: this process
 * @throws UsageError, and RoomkeyError as `Calls.open` does
 */
export async function openCall(
  { output, signal }: Pick<CommandContext, 'output' | 'signal'>,
  { calls }: Pick<Roomkey, 'calls'>,
  { account, room, passwordStdin = false, newPassword = false }: OpenCallOptions,
  source?: PasswordSource,
): Promise<Call> {
  if (newPassword && !(room.mine && room.password)) {
    throw new UsageError('--new-password is for a room of your own that has a password.');
  }
  const isGiven = passwordStdin || ownEnvironment()['ROOMKEY_ROOM_PASSWORD'] !== undefined;
  if (!room.password && !isGiven) return await calls.open(account, room);
  const request: PasswordRequest = {
    prompt: `Password of the room “${room.name}”`,
    variable: 'ROOMKEY_ROOM_PASSWORD',
    fromStdin: passwordStdin,
    isNew: newPassword || (await calls.isFirstPassword(account, room)),
    signal,
  };
  let password = await readPassword(request, source);
  let isNewPassword = newPassword;
  for (;;) {
    // Where one was given for an open room, the answer is that it has none.
    if (room.password) output.note('Checking the password …');
    try {
      return await calls.open(account, room, { password, isNewPassword });
    } catch (error) {
      const isRefused = hasCode(error, 'RK_ROOM_PASSWORD_CHANGED');
      if (!isRefused || !(await isTyped(request, source))) throw error;
    }
    output.note(
      'This is not the password that you used last time on this computer. Enter that one, or enter this one again to use it from now on.',
    );
    const again = await readPassword({ ...request, isNew: false }, source);
    isNewPassword = again === password;
    password = again;
  }
}
