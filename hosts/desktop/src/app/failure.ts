import {
  errorCodes,
  type ErrorCode,
  type Logger,
  type PersonChangedError,
} from '@roomkey/core/host';
import type { Failure } from '../messages/index.js';
import { foreignWords } from './foreign-words.js';

/** Said in a window in place of core's sentences that name a command or count bytes, by code. */
const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  RK_ACCOUNT_NAME_INVALID:
    'Give a name of 1 to 32 letters, fewer with accents, and no characters that cannot be seen.',
  RK_ROOM_NAME_INVALID:
    'Give the room a name of 1 to 64 letters, fewer with accents, with single spaces and no characters that cannot be seen.',
  RK_ROOM_NOT_FOUND: 'There is no such room any more. Refresh the list, and choose another one.',
  RK_ROOM_PASSWORD_CHANGED:
    'This isn’t the password that you used last time on this computer. Enter that one, or enter this one again to use it from now on.',
  RK_PERSON_UNKNOWN: 'Nobody of this name waits to be accepted any more.',
};

/** What was thrown, as a page gets it. What is not ours is a bug, and is written to the log. */
export function failureOf(error: unknown, logger: Logger): Failure {
  if (error instanceof Error && 'code' in error && isErrorCode(error.code)) {
    const { code } = error;
    if (code === 'RK_PERSON_CHANGED') return personChanged(error);
    return { code, message: sentences[code] ?? error.message, ...detailsOf(error) };
  }
  logger.error('Something went wrong that Roomkey does not know', {
    error: error instanceof Error ? error.stack : String(error),
  });
  return {
    code: 'unexpected',
    message: 'Something went wrong. Try again or restart Roomkey.',
    ...detailsOf(error),
  };
}

function detailsOf(error: unknown): Pick<Failure, 'details'> {
  const details = foreignWords(error);
  return details === undefined ? {} : { details };
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function personChanged(error: Error & { person?: PersonChangedError['person'] }): Failure {
  const code = 'RK_PERSON_CHANGED';
  if (error.person === undefined) {
    return {
      code,
      message:
        'The other side knows another identity under your name and did not let you in. Ask them to compare your fingerprint (Account shows it) and to accept you.',
    };
  }
  const { name, accepted, pending } = error.person;
  return {
    code,
    message: `${name} shows another identity than last time. Either ${name} has a new account or a new machine, or somebody else is posing as ${name}. Compare the fingerprints before you accept it.`,
    person: { name, known: accepted, shown: pending },
  };
}
