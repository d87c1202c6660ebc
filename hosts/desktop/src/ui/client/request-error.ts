import type { FailureView } from '../../messages/index.js';

/** A failed request, with the app's explanation. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly failure: FailureView;

  constructor(failure: FailureView) {
    super(failure.message);
    this.failure = failure;
  }

  get code(): FailureView['code'] {
    return this.failure.code;
  }
}
