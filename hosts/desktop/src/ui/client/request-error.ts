import type { Failure } from '../../messages/index.js';

/** Why a request failed, as the app says it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }

  get code(): Failure['code'] {
    return this.failure.code;
  }
}
