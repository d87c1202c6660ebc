import type { Failure } from '../../messages/index.js';

/** Why a request failed: the app's code and sentence. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: Failure['code'];

  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
  }
}
