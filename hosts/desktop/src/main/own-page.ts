/** The scheme under which the page's files are served. */
export const SCHEME = 'app';

/** The page's origin. */
const ORIGIN = `${SCHEME}://roomkey`;

/** What the window shows. */
export const PAGE = `${ORIGIN}/index.html`;

/** Whether a URL is of the page's origin. WHATWG's `URL.origin` is "null" for schemes of one's own. */
export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return `${protocol}//${host}` === ORIGIN && username === '' && password === '';
}

/** The path whose file is answered, or `undefined` for another host of the scheme. */
export function pathOf(url: string): string | undefined {
  return isOwnUrl(url) ? new URL(url).pathname : undefined;
}
