import type {
  ErrorCode,
  Logger,
  OwnAccountUnreadableError,
  IdentityMismatchError,
} from '@roomkey/core/host';
import type { FailureView } from '../messages/index.js';
import { isErrorCode } from './error-code.js';
import { errorDetails } from './error-details.js';

/** Window texts that replace core's sentences about commands and bytes, by error code. */
const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  RK_ACCOUNT_NAME_INVALID:
    'Give a name of 1 to 32 letters, fewer with accents, and no characters that cannot be seen.',
  RK_ACCOUNT_EXISTS: 'That name already has an account here. Sign in, or choose another name.',
  RK_ACCOUNT_REPLACED:
    'This account’s fingerprint isn’t the one it had on this computer before. If you created the account again, or use another database now (Settings shows which), you can sign in with the new one; people you know will be warned. If not, someone may have changed the database: don’t sign in, and ask the person who runs it.',
  RK_ROOM_NAME_INVALID:
    'Give the room a name of 1 to 64 letters, fewer with accents, with single spaces and no characters that cannot be seen.',
  RK_ROOM_NOT_FOUND: 'There is no such room any more. Refresh the list, and choose another one.',
  RK_ROOM_PASSWORD_CHANGED:
    'This isn’t the password that you used last time on this computer. Enter that one, or enter this one again to use it from now on.',
  RK_IDENTITY_MISMATCH:
    'Several identities were shown by this name. Choose the one that they read to you.',
  RK_IDENTITY_UNKNOWN: 'No longer needed.',
};

/** Converts an error for the page. Anything but a `RoomkeyError` is a bug and is logged. */
export function failureOf(error: unknown, logger: Logger): FailureView {
  if (hasErrorCode(error)) {
    const { code } = error;
    if (hasPerson(error)) return identityMismatch(error);
    if (hasOwnAccountFile(error)) return ownAccountUnreadable(error);
    return { code, message: sentences[code] ?? error.message, ...detailsOf(error) };
  }
  logger.error('Unexpected error', {
    error: error instanceof Error ? error.stack : String(error),
  });
  return {
    code: 'unexpected',
    message: 'Something went wrong. Try again or restart Roomkey.',
    ...detailsOf(error),
  };
}

function detailsOf(error: unknown): Pick<FailureView, 'details'> {
  const details = errorDetails(error);
  return details === undefined ? {} : { details };
}

function hasErrorCode(error: unknown): error is Error & { code: ErrorCode } {
  return error instanceof Error && 'code' in error && isErrorCode(error.code);
}

/** Checks code and fields: core's types are imported without their classes. */
function hasPerson(error: Error & { code: ErrorCode }): error is IdentityMismatchError {
  return error.code === 'RK_IDENTITY_MISMATCH' && 'person' in error;
}

function hasOwnAccountFile(error: Error & { code: ErrorCode }): error is OwnAccountUnreadableError {
  return error.code === 'RK_STORAGE_DAMAGED' && 'ownAccountFile' in error;
}

function ownAccountUnreadable(error: OwnAccountUnreadableError): FailureView {
  const { code, ownAccountFile } = error;
  return {
    code,
    message: `Roomkey can’t check that this account is still yours. The file ${ownAccountFile} is damaged. If you’re sure that it’s yours, sign in again and choose “Sign in anyway”.`,
    ...detailsOf(error),
    ownAccountUnreadable: true,
  };
}

function identityMismatch({ code, person }: IdentityMismatchError): FailureView {
  const { name, accepted, pending } = person;
  return {
    code,
    message: `${name}’s fingerprint changed. Check that it’s really ${name}.`,
    person: { name, known: accepted, shown: pending },
  };
}
