/** Scheme of the page's files. */
export const SCHEME = 'app';

/** The page's origin. */
const ORIGIN = `${SCHEME}://roomkey`;

/** URL of the page. */
export const PAGE = `${ORIGIN}/index.html`;

/** Whether a URL has the page's origin. WHATWG's `URL.origin` is "null" for custom schemes. */
export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return `${protocol}//${host}` === ORIGIN && username === '' && password === '';
}

/** Path of the requested file; `undefined` for another host of the scheme. */
export function pathOf(url: string): string | undefined {
  return isOwnUrl(url) ? new URL(url).pathname : undefined;
}
