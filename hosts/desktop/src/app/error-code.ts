import { errorCodes, type ErrorCode } from '@roomkey/core/host';

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}
