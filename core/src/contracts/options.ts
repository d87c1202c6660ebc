/** Every operation that waits takes a signal; an abort rejects with the signal's reason. */
export interface OperationOptions {
  readonly signal?: AbortSignal;
}
