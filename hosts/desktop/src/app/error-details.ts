import { redactUrls } from '@roomkey/core/host';
import { isErrorCode } from './error-code.js';

/** More of it nobody reads. */
const MAX_LENGTH = 500;

/**
 * What libraries, browsers and the system said that led to an error, as it is but for addresses with
 * secrets in them: for those who look closer, and never a sentence by itself.
 *
 * @returns undefined where nothing of it may be shown, or all of it is Roomkey's own
 */
export function errorDetails(error: unknown): string | undefined {
  const said: string[] = [];
  // A set goes on to what is added while it is gone through, and takes nothing twice.
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

/** What parsers and checks say repeats what they read, which may be a secret. */
function quotes(error: Error): boolean {
  return ['SyntaxError', 'ZodError', '$ZodError'].includes(error.name);
}
