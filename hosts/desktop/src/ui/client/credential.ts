import { PageKey } from '../../messages/page-key.js';

const STORED_AS = 'roomkey-secret';

/** What this page was given to be let in by. */
export interface PageCredential {
  readonly key: PageKey;
  /** It is of the page's address, and works once: a secret takes its place. */
  readonly isToken: boolean;
}

/**
 * The token of this page's address, which is taken out of it, or the secret of a page before;
 * undefined where it has neither.
 */
export async function loadCredential(): Promise<PageCredential | undefined> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  // Neither the history nor a copied address shall hold it.
  if (token !== null) {
    history.replaceState(history.state, '', location.pathname + location.search);
    return { key: await PageKey.from(token), isToken: true };
  }
  const secret = storage()?.getItem(STORED_AS);
  if (typeof secret !== 'string') return undefined;
  return { key: await PageKey.from(secret), isToken: false };
}

/** Keeps the secret for as long as this tab is there, so that the page can be loaded again. */
export function storeSecret(secret: string): void {
  storage()?.setItem(STORED_AS, secret);
}

/** Undefined where the browser lets no page store anything: then it can only not be loaded again. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
