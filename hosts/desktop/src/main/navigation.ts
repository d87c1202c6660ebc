import type { WebContents } from 'electron';
import { PAGE } from './own-page.js';

/** Whether a navigation is to the page itself, as a reload is. */
function mayNavigate(url: string): boolean {
  return url === PAGE;
}

/** Keeps a window on its page: no other one, no further windows, no embedded ones. */
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
