import { PageKey } from '../../messages/page-key.js';

const STORED_AS = 'roomkey-secret';

/** The credential of this page. */
export interface PageCredential {
  readonly key: PageKey;
  /** A token from the page's address, valid once; a secret replaces it. */
  readonly isToken: boolean;
}

/**
 * Returns the token from this page's address, which is removed there, or the stored secret;
 * undefined without either.
 */
export async function loadCredential(): Promise<PageCredential | undefined> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  // Keep it out of the history and of copied addresses.
  if (token !== null) {
    history.replaceState(history.state, '', location.pathname + location.search);
    return { key: await PageKey.from(token), isToken: true };
  }
  const secret = storage()?.getItem(STORED_AS);
  if (typeof secret !== 'string') return undefined;
  return { key: await PageKey.from(secret), isToken: false };
}

/** Stores the secret for this tab's lifetime, so that the page can be reloaded. */
export function storeSecret(secret: string): void {
  storage()?.setItem(STORED_AS, secret);
}

/** Undefined if the browser blocks storage: then a reload cannot authenticate. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
