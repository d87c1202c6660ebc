/** Options of every asynchronous operation; an abort rejects with the signal's reason. */
export interface OperationOptions {
  readonly signal?: AbortSignal;
}
