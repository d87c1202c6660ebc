import type { WebContents } from 'electron';
import { PAGE } from './own-page.js';

/** Whether a navigation leads to Roomkey's page itself, as a reload does. */
function mayNavigate(url: string): boolean {
  return url === PAGE;
}

/** Restricts a window to its page: no navigation, no new windows, no webviews. */
export function restrictNavigation(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !mayNavigate(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
