import {
  errorCodes,
  type ErrorCode,
  type Logger,
  type PersonChangedError,
} from '@roomkey/core/host';
import type { Failure } from '../messages/index.js';

/** What was thrown, as a page gets it. What is not ours is a bug, and is written to the log. */
export function failureOf(error: unknown, logger: Logger): Failure {
  if (error instanceof Error && 'code' in error && isErrorCode(error.code)) {
    return { code: error.code, message: error.message, ...changedPerson(error) };
  }
  const said = error instanceof Error ? error.message : String(error);
  logger.error('Something went wrong that Roomkey does not know', {
    error: error instanceof Error ? error.stack : said,
  });
  return {
    code: 'unexpected',
    message: `Roomkey made a mistake (${said}). It is written to the log; try again, or start Roomkey anew.`,
  };
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function changedPerson(
  error: Error & { person?: PersonChangedError['person'] },
): Pick<Failure, 'person'> {
  if (error.person === undefined) return {};
  const { name, accepted, pending } = error.person;
  return { person: { name, known: accepted, shown: pending } };
}
