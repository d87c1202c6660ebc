import {
  hasCode,
  ownEnvironment,
  type Call,
  type LetIn,
  type RoomEntry,
  type Roomkey,
  type SignedIn,
} from '@roomkey/core/host';
import type { CommandContext } from '../context.js';
import { UsageError } from '../failure.js';
import { isTyped, readPassword, type PasswordRequest, type PasswordSource } from '../password.js';

/** The account, the room, and the source of the password. */
export interface OpenCallOptions {
  readonly account: SignedIn;
  readonly room: RoomEntry;
  /** Whether the password comes from standard input. */
  readonly passwordStdin?: boolean;
  /** Who gets into an own room without a question; see `Calls.open`. */
  readonly letIn?: LetIn | undefined;
  /** Whether an owner confirms a password that differs from last time. */
  readonly newPassword?: boolean;
}

/**
 * Asks for the room's password if it has one, and prepares the call. Asks twice for the first password
 * of an own room, and, at a terminal, for one that differs from last time.
 *
 * @param source where passwords come from; default: this process
 * @throws UsageError, and RoomkeyError as `Calls.open` does
 */
export async function openCall(
  { output, signal }: Pick<CommandContext, 'output' | 'signal'>,
  { calls }: Pick<Roomkey, 'calls'>,
  { account, room, letIn, passwordStdin = false, newPassword = false }: OpenCallOptions,
  source?: PasswordSource,
): Promise<Call> {
  if (newPassword && !(room.mine && room.password)) {
    throw new UsageError('--new-password is only for your own rooms with a password.');
  }
  const isGiven = passwordStdin || ownEnvironment()['ROOMKEY_ROOM_PASSWORD'] !== undefined;
  if (!room.password && !isGiven) return await calls.open(account, room, { letIn });
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
    // A password for a room without one is not checked; `open` refuses it.
    if (room.password) output.note('Checking the password …');
    try {
      return await calls.open(account, room, { letIn, password, isNewPassword });
    } catch (error) {
      const isRefused = hasCode(error, 'RK_ROOM_PASSWORD_CHANGED');
      if (!isRefused || !(await isTyped(request, source))) throw error;
    }
    output.note(
      'This is not the password that you used last time on this computer. Enter that password, or enter the new one again to use it from now on.',
    );
    const again = await readPassword({ ...request, isNew: false }, source);
    isNewPassword = again === password;
    password = again;
  }
}
