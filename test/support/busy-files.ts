import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Operation = 'rename' | 'rm' | 'open' | 'link';

/**
 * Makes an operation of `node:fs/promises` fail some times for matching paths, as on Windows while
 * another program has the file open. Ends with the test.
 *
 * @returns a function that returns the number of failures
 */
export function makeBusy(
  operation: Operation,
  matches: (path: string) => boolean,
  { code = 'EPERM', times = 2 } = {},
): () => number {
  const original = promises[operation] as (...args: unknown[]) => Promise<unknown>;
  let failed = 0;
  const busy = (...args: unknown[]): Promise<unknown> => {
    const path = String(operation === 'rename' || operation === 'link' ? args[1] : args[0]);
    if (failed >= times || !matches(path)) return original(...args);
    failed += 1;
    return Promise.reject(
      Object.assign(new Error(`${code}: operation not permitted, ${operation} '${path}'`), {
        code,
      }),
    );
  };
  Object.assign(promises, { [operation]: busy });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(promises, { [operation]: original });
    syncBuiltinESMExports();
  });
  return () => failed;
}
