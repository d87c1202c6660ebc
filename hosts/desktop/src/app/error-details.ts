import { redactUrls } from '@roomkey/core/host';
import { isErrorCode } from './error-code.js';

/** Characters. */
const MAX_LENGTH = 500;

/**
 * Collects the original messages of libraries, browsers and the system from an error and its
 * causes. They are for people who ask for details, and never a sentence on their own. Secrets in
 * URLs are removed.
 *
 * @returns `undefined` if nothing may be shown, or all messages are Roomkey's own
 */
export function errorDetails(error: unknown): string | undefined {
  const said: string[] = [];
  // Iterating a set also visits items that are added on the way, each once.
  const all = new Set<unknown>([error]);
  for (const each of all) {
    if (typeof each === 'string') said.push(each);
    if (!(each instanceof Error)) continue;
    if (!isOwn(each) && !quotes(each)) said.push(each.message);
    all.add(each.cause);
    if (each instanceof AggregateError) for (const one of each.errors) all.add(one);
  }
  const text = redactUrls(said.filter((one) => one !== '').join('\n'));
  return text === '' ? undefined : text.slice(0, MAX_LENGTH);
}

function isOwn(error: Error): boolean {
  return 'code' in error && isErrorCode(error.code);
}

/** Parser and validation errors quote their input, which may be a secret. */
function quotes(error: Error): boolean {
  return ['SyntaxError', 'ZodError', '$ZodError'].includes(error.name);
}
