/** How the page shows that it may use the app: the token of its address, once, then a secret. */
export type Key = { readonly token: string } | { readonly secret: string };

const STORED_AS = 'roomkey-secret';

/** The token of this page's address, which is taken out of it, or the secret of a page before. */
export function takeKey(): Key | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    // Neither the history nor a copied address shall hold it.
    history.replaceState(history.state, '', location.pathname + location.search);
    return { token };
  }
  const secret = storage()?.getItem(STORED_AS);
  return typeof secret === 'string' ? { secret } : undefined;
}

/** Keeps the secret for as long as this tab is there, so that the page can be loaded again. */
export function keepSecret(secret: string): void {
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
