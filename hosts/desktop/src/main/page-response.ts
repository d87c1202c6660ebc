import { pageHeaders, type PageFiles } from '../server/page-files.js';
import { pathOf } from './own-page.js';

/** Answers a request for one of the page's files, like the server. */
export async function pageResponse(
  files: PageFiles,
  { url, method }: Pick<Request, 'url' | 'method'>,
): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') {
    return new Response(null, { status: 405, headers: { ...pageHeaders(), Allow: 'GET, HEAD' } });
  }
  // Another host of the scheme has no files.
  const { status, headers, body } = await files.answer(pathOf(url) ?? '');
  return new Response(method === 'HEAD' ? null : body, { status, headers });
}
